// First stage of the pipeline: text -> cleaned text.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "unicode_forms.h"

namespace modelhost {

/// Rewrites text in place. `text` is checked UTF-8 before and after. Const methods may run concurrently.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void normalize(std::string& text) const = 0;
};

using NormalizerPtr = std::shared_ptr<const Normalizer>;

struct BertNormalizerOptions {
  bool clean_text = true;  ///< drop control characters, U+0000 and U+FFFD; all white space becomes ' '
  bool handle_chinese_chars = true;   ///< a space on both sides of every CJK ideograph
  std::optional<bool> strip_accents;  ///< unset: same as `lowercase`
  bool lowercase = true;
};

/// tokenizers.normalizers.BertNormalizer, with a fast path for ASCII.
class BertNormalizer final : public Normalizer {
 public:
  explicit BertNormalizer(BertNormalizerOptions options);
  void normalize(std::string& text) const override;
  const BertNormalizerOptions& options() const { return options_; }

 private:
  void append_run(std::string_view run, std::string& out) const;

  BertNormalizerOptions options_;
  bool strip_accents_;
  char ascii_[128];  ///< what becomes of each ASCII character; kDropped: nothing
};

/// NFC, NFD, NFKC or NFKD.
class UnicodeNormalizer final : public Normalizer {
 public:
  explicit UnicodeNormalizer(UnicodeForm form) : form_(form) {}
  void normalize(std::string& text) const override;

 private:
  UnicodeForm form_;
};

class LowercaseNormalizer final : public Normalizer {
 public:
  void normalize(std::string& text) const override;
};

/// Removes combining marks; does not decompose (HF puts it behind NFD or NFKD).
class StripAccentsNormalizer final : public Normalizer {
 public:
  void normalize(std::string& text) const override;
};

/// Removes white space at the ends.
class StripNormalizer final : public Normalizer {
 public:
  StripNormalizer(bool left, bool right) : left_(left), right_(right) {}
  void normalize(std::string& text) const override;

 private:
  bool left_, right_;
};

/// Replaces every occurrence of a string (a regular expression is not supported).
class ReplaceNormalizer final : public Normalizer {
 public:
  ReplaceNormalizer(std::string pattern, std::string content);
  void normalize(std::string& text) const override;

 private:
  std::string pattern_, content_;
};

/// Puts a string in front of a text that is not empty.
class PrependNormalizer final : public Normalizer {
 public:
  explicit PrependNormalizer(std::string prefix) : prefix_(std::move(prefix)) {}
  void normalize(std::string& text) const override;

 private:
  std::string prefix_;
};

class NormalizerSequence final : public Normalizer {
 public:
  explicit NormalizerSequence(std::vector<NormalizerPtr> parts) : parts_(std::move(parts)) {}
  void normalize(std::string& text) const override;

 private:
  std::vector<NormalizerPtr> parts_;
};

}  // namespace modelhost

// A JSON value that knows where it stands, for reading files that nobody vouches for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "modelhost/base/json.h"

namespace modelhost {

/// All readers throw kTokenizerFile with the value's path, e.g. "model.unk_token", when its type or range is
/// wrong.
class JsonField {
 public:
  JsonField(const Json& value, std::string path, const std::string& file)
      : value_(value), path_(std::move(path)), file_(file) {}

  const Json& json() const { return value_; }
  const std::string& path() const { return path_; }
  const std::string& file() const { return file_; }
  bool is_null() const { return value_.is_null(); }

  JsonField at(const std::string& key) const;                   ///< must be there
  std::optional<JsonField> find(const std::string& key) const;  ///< unset if absent or null
  std::vector<JsonField> items() const;                         ///< of a list
  const std::string& string() const;
  bool boolean() const;
  int64_t integer(int64_t lowest, int64_t highest) const;

  std::string string_or(const std::string& key, std::string fallback) const;
  bool boolean_or(const std::string& key, bool fallback) const;

  [[noreturn]] void fail(const std::string& message, const std::string& expected) const;
  [[noreturn]] void unsupported(const std::string& what) const;

 private:
  void need_object() const;

  const Json& value_;  // references: what string() gives lives in the document, not here
  std::string path_;
  const std::string& file_;
};

}  // namespace modelhost

#include <algorithm>

#include "component_factory.h"

namespace modelhost {
namespace {

// How many times longer replacements may make a text, all together: a chain of them could fill any memory.
constexpr std::size_t kMaxGrowth = 256;

NormalizerPtr make_step(const JsonField& field, std::size_t& growth, int& parts);

NormalizerPtr make_bert(const JsonField& field) {
  BertNormalizerOptions options;
  options.clean_text = field.at("clean_text").boolean();
  options.handle_chinese_chars = field.at("handle_chinese_chars").boolean();
  if (const auto strip = field.find("strip_accents")) options.strip_accents = strip->boolean();
  options.lowercase = field.at("lowercase").boolean();
  return std::make_shared<BertNormalizer>(options);
}

void count_growth(const JsonField& field, std::size_t from, std::size_t to, std::size_t& growth) {
  growth *= std::max<std::size_t>(1, (to + from - 1) / from);
  if (growth > kMaxGrowth) field.fail("replacements make texts implausibly long", "a shorter replacement");
}

NormalizerPtr make_replace(const JsonField& field, std::size_t& growth) {
  const JsonField pattern = field.at("pattern");
  if (pattern.json().is_object() && pattern.json().contains("Regex"))
    pattern.at("Regex").unsupported("a regular expression");
  const std::string& from = pattern.at("String").string();
  const std::string& to = field.at("content").string();
  if (from.empty()) pattern.fail("a pattern is empty", "a string that is not empty");
  count_growth(field, from.size(), to.size(), growth);
  return std::make_shared<ReplaceNormalizer>(from, to);
}

NormalizerPtr make_prepend(const JsonField& field, std::size_t& growth) {
  const std::string& prefix = field.at("prepend").string();
  count_growth(field, 1, prefix.size() + 1, growth);
  return std::make_shared<PrependNormalizer>(prefix);
}

NormalizerPtr make_chain(const JsonField& field, std::size_t& growth, int& parts) {
  std::vector<NormalizerPtr> made;
  for (const JsonField& part : field.at("normalizers").items())
    made.push_back(make_step(part, growth, parts));
  return std::make_shared<NormalizerSequence>(std::move(made));
}

NormalizerPtr make_step(const JsonField& field, std::size_t& growth, int& parts) {
  if (++parts > kMaxParts) field.fail("too many normalizers", "at most 64");
  const std::string& type = field.at("type").string();
  if (type == "BertNormalizer") return make_bert(field);
  if (type == "NFC") return std::make_shared<UnicodeNormalizer>(UnicodeForm::kNfc);
  if (type == "NFD") return std::make_shared<UnicodeNormalizer>(UnicodeForm::kNfd);
  if (type == "NFKC") return std::make_shared<UnicodeNormalizer>(UnicodeForm::kNfkc);
  if (type == "NFKD") return std::make_shared<UnicodeNormalizer>(UnicodeForm::kNfkd);
  if (type == "Lowercase") return std::make_shared<LowercaseNormalizer>();
  if (type == "StripAccents") return std::make_shared<StripAccentsNormalizer>();
  if (type == "Strip") {
    return std::make_shared<StripNormalizer>(field.at("strip_left").boolean(),
                                             field.at("strip_right").boolean());
  }
  if (type == "Replace") return make_replace(field, growth);
  if (type == "Prepend") return make_prepend(field, growth);
  if (type == "Sequence") return make_chain(field, growth, parts);
  field.at("type").unsupported("the normalizer \"" + type + "\"");
}

}  // namespace

NormalizerPtr make_normalizer(const JsonField& field) {
  std::size_t growth = 1;
  int parts = 0;
  return make_step(field, growth, parts);
}

}  // namespace modelhost

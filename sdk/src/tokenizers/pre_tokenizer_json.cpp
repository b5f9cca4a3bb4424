#include "char_class.h"
#include "component_factory.h"
#include "utf8.h"

namespace modelhost {
namespace {

DelimiterBehavior behavior_of(const JsonField& field) {
  const auto given = field.find("behavior");
  if (!given) return DelimiterBehavior::kIsolated;
  const std::string& name = given->string();
  if (name == "Removed") return DelimiterBehavior::kRemoved;
  if (name == "Isolated") return DelimiterBehavior::kIsolated;
  if (name == "MergedWithPrevious") return DelimiterBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return DelimiterBehavior::kMergedWithNext;
  if (name == "Contiguous") return DelimiterBehavior::kContiguous;
  given->fail("a delimiter behavior is unknown",
              "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
}

PreTokenizerPtr make_digits(const JsonField& field) {
  const bool individual = field.at("individual_digits").boolean();
  return std::make_shared<CharSplit>(
      is_numeric, individual ? DelimiterBehavior::kIsolated : DelimiterBehavior::kContiguous);
}

PreTokenizerPtr make_delimiter_split(const JsonField& field) {
  const std::string& text = field.at("delimiter").string();
  const std::u32string delimiter = decode_utf8(text);
  if (delimiter.size() != 1) field.at("delimiter").fail("a delimiter is not one character", "one character");
  return std::make_shared<CharSplit>([c = delimiter[0]](char32_t other) { return other == c; },
                                     DelimiterBehavior::kRemoved);
}

PreTokenizerPtr make_part(const JsonField& field, int& parts) {
  if (++parts > kMaxParts) field.fail("too many pre-tokenizers", "at most 64");
  const std::string& type = field.at("type").string();
  if (type == "BertPreTokenizer") return std::make_shared<BertPreTokenizer>();
  if (type == "Whitespace") return std::make_shared<WhitespacePreTokenizer>();
  if (type == "WhitespaceSplit")
    return std::make_shared<CharSplit>(is_whitespace, DelimiterBehavior::kRemoved);
  if (type == "Punctuation") return std::make_shared<CharSplit>(is_punctuation, behavior_of(field));
  if (type == "Digits") return make_digits(field);
  if (type == "CharDelimiterSplit") return make_delimiter_split(field);
  if (type == "Sequence") {
    std::vector<PreTokenizerPtr> made;
    for (const JsonField& part : field.at("pretokenizers").items()) made.push_back(make_part(part, parts));
    return std::make_shared<PreTokenizerSequence>(std::move(made));
  }
  field.at("type").unsupported("the pre-tokenizer \"" + type + "\"");
}

}  // namespace

PreTokenizerPtr make_pre_tokenizer(const JsonField& field) {
  int parts = 0;
  return make_part(field, parts);
}

}  // namespace modelhost

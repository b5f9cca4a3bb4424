#include "tokenizer_json.h"

#include <limits>

#include "component_factory.h"
#include "modelhost/files/json_file.h"
#include "modelhost/files/mapped_file.h"
#include "tokenizer_document.h"
#include "wordpiece.h"

namespace modelhost {
namespace {

constexpr int64_t kAnyLength = std::numeric_limits<int64_t>::max();

WordModelPtr make_model(const JsonField& field, TokenizerDocument& document) {
  // Old files have no type; WordPiece is then told by its prefix, as serde tells it by its fields.
  const auto type = field.find("type");
  if (type && type->string() != "WordPiece") type->unsupported("the model \"" + type->string() + "\"");
  if (!type && !field.find("continuing_subword_prefix")) field.unsupported("a model without a type");
  WordPieceOptions options;
  options.unk_token = field.at("unk_token").string();
  options.continuing_subword_prefix = field.at("continuing_subword_prefix").string();
  options.max_input_chars_per_word = field.at("max_input_chars_per_word").integer(0, kAnyLength);
  if (!document.has_vocab) field.at("vocab").fail("the vocabulary has the wrong type", "an object");
  Vocabulary vocabulary(std::move(document.vocab), field.file(), field.path() + ".vocab");
  return std::make_shared<WordPiece>(std::move(vocabulary), std::move(options), field.file(), field.path());
}

AddedToken read_added_token(const JsonField& field) {
  AddedToken token;
  field.at("id").integer(
      0, kMaxTokenId);  // read for its range; the id itself follows from the vocabulary, as in HF
  token.content = field.at("content").string();
  token.single_word = field.at("single_word").boolean();
  token.lstrip = field.at("lstrip").boolean();
  token.rstrip = field.at("rstrip").boolean();
  token.normalized = field.at("normalized").boolean();
  token.special = field.at("special").boolean();
  return token;
}

Side read_direction(const JsonField& field) {
  const std::string& name = field.string();
  if (name != "Left" && name != "Right") field.fail("a direction is unknown", "\"Left\" or \"Right\"");
  return name == "Left" ? Side::kLeft : Side::kRight;
}

TruncationSection read_truncation(const JsonField& field) {
  TruncationSection section;
  section.max_length = field.at("max_length").integer(0, kAnyLength);
  section.stride = field.at("stride").integer(0, kAnyLength);
  if (const auto direction = field.find("direction")) section.direction = read_direction(*direction);
  const JsonField strategy = field.at("strategy");
  if (strategy.string() == "OnlyFirst") {
    section.strategy = Truncation::kOnlyFirst;
  } else if (strategy.string() == "OnlySecond") {
    section.strategy = Truncation::kOnlySecond;
  } else if (strategy.string() != "LongestFirst") {
    strategy.fail("a truncation strategy is unknown", "LongestFirst, OnlyFirst or OnlySecond");
  }
  return section;
}

PaddingSection read_padding(const JsonField& field) {
  PaddingSection section;
  const JsonField strategy = field.at("strategy");
  if (strategy.json().is_object()) {
    section.fixed_length = strategy.at("Fixed").integer(0, kAnyLength);
  } else if (strategy.string() != "BatchLongest") {
    strategy.fail("a padding strategy is unknown", "\"BatchLongest\" or {\"Fixed\": length}");
  }
  section.direction = read_direction(field.at("direction"));
  if (const auto multiple = field.find("pad_to_multiple_of"))
    section.pad_to_multiple_of = multiple->integer(0, kAnyLength);
  section.pad_id = field.at("pad_id").integer(0, kMaxTokenId);
  section.pad_type_id = field.at("pad_type_id").integer(0, kMaxTokenId);
  section.pad_token = field.at("pad_token").string();
  return section;
}

}  // namespace

TokenizerParts parse_tokenizer_json(std::string_view text, const std::string& file) {
  TokenizerDocument document = parse_tokenizer_document(text, file);
  const JsonField root(document.root, "", file);
  if (const auto version = root.find("version"); version && version->string() != "1.0") {
    version->unsupported("another version of the file format");
  }
  TokenizerParts parts;
  parts.file = file;
  if (const auto field = root.find("normalizer")) parts.normalizer = make_normalizer(*field);
  if (const auto field = root.find("pre_tokenizer")) parts.pre_tokenizer = make_pre_tokenizer(*field);
  if (const auto field = root.find("post_processor")) parts.post_processor = make_post_processor(*field);
  if (const auto field = root.find("decoder")) parts.decoder = make_decoder(*field);
  parts.model = make_model(root.at("model"), document);
  if (const auto field = root.find("added_tokens")) {
    for (const JsonField& item : field->items()) parts.added_tokens.push_back(read_added_token(item));
  }
  if (const auto field = root.find("truncation")) parts.truncation = read_truncation(*field);
  if (const auto field = root.find("padding")) parts.padding = read_padding(*field);
  return parts;
}

TokenizerParts read_tokenizer_json(const std::filesystem::path& path) {
  return parse_tokenizer_json(read_text_file(path, kMaxJsonBytes), path.string());
}

}  // namespace modelhost

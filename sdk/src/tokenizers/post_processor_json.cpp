#include "component_factory.h"
#include "vocabulary.h"

namespace modelhost {
namespace {

constexpr std::size_t kMaxPieces =
    256;  // of a template, and ids of one special token: texts must not be multiplied
constexpr int64_t kMaxTypeId = 255;

SpecialToken read_special(const JsonField& field) {
  SpecialToken special;
  for (const JsonField& id : field.at("ids").items()) special.ids.push_back(id.integer(0, kMaxTokenId));
  for (const JsonField& token : field.at("tokens").items()) special.tokens.push_back(token.string());
  if (special.ids.size() != special.tokens.size() || special.ids.size() > kMaxPieces) {
    field.fail("ids and tokens of a special token do not match", "as many ids as tokens, at most 256");
  }
  return special;
}

TemplatePiece read_sequence(const JsonField& field, bool pair) {
  TemplatePiece piece;
  const JsonField id = field.at("id");
  const std::string& name = id.string();
  if (name != "A" && !(pair && name == "B"))
    id.fail("a template names an unknown sequence", pair ? "A or B" : "A");
  piece.sequence = name == "A" ? 0 : 1;
  piece.type_id = field.at("type_id").integer(0, kMaxTypeId);
  return piece;
}

TemplatePiece read_special_piece(const JsonField& field, const JsonField& special_tokens) {
  const JsonField id = field.at("id");
  if (!special_tokens.find(id.string())) {
    id.fail("a template names a special token that is not defined", "a key of " + special_tokens.path());
  }
  TemplatePiece piece;
  piece.special = read_special(special_tokens.at(id.string()));
  piece.type_id = field.at("type_id").integer(0, kMaxTypeId);
  return piece;
}

std::vector<TemplatePiece> read_template(const JsonField& field, const JsonField& special_tokens, bool pair) {
  const auto items = field.items();
  if (items.size() > kMaxPieces) field.fail("a template is too long", "at most 256 pieces");
  std::vector<TemplatePiece> pieces;
  for (const JsonField& item : items) {
    if (const auto sequence = item.find("Sequence")) {
      pieces.push_back(read_sequence(*sequence, pair));
    } else if (const auto special = item.find("SpecialToken")) {
      pieces.push_back(read_special_piece(*special, special_tokens));
    } else {
      item.fail("a template piece is unknown", "an object with \"Sequence\" or \"SpecialToken\"");
    }
  }
  return pieces;
}

PostProcessorPtr make_template(const JsonField& field) {
  const JsonField special_tokens = field.at("special_tokens");
  return std::make_shared<TemplateProcessing>(read_template(field.at("single"), special_tokens, false),
                                              read_template(field.at("pair"), special_tokens, true));
}

SpecialToken read_token_and_id(const JsonField& field) {
  const auto items = field.items();
  if (items.size() != 2) field.fail("a special token is malformed", "[token, id]");
  return {{items[1].integer(0, kMaxTokenId)}, {items[0].string()}};
}

PostProcessorPtr make_sequence(const JsonField& field) {
  std::vector<PostProcessorPtr> made;
  const auto items = field.at("processors").items();
  for (const JsonField& item : items) {
    const std::string& type = item.at("type").string();
    if (&item != &items.back() && type != "BertProcessing")
      item.unsupported("\"" + type + "\" before the last place");
    made.push_back(make_post_processor(item));
  }
  if (made.size() > 8) field.fail("too many post-processors", "at most 8");
  return std::make_shared<PostProcessorSequence>(std::move(made));
}

}  // namespace

PostProcessorPtr make_post_processor(const JsonField& field) {
  const std::string& type = field.at("type").string();
  if (type == "TemplateProcessing") return make_template(field);
  if (type == "BertProcessing") {
    return std::make_shared<BertProcessing>(read_token_and_id(field.at("cls")),
                                            read_token_and_id(field.at("sep")));
  }
  if (type == "Sequence") return make_sequence(field);
  field.at("type").unsupported("the post-processor \"" + type + "\"");
}

DecoderPtr make_decoder(const JsonField& field) {
  const std::string& type = field.at("type").string();
  if (type == "WordPiece") {
    return std::make_shared<WordPieceDecoder>(field.at("prefix").string(), field.at("cleanup").boolean());
  }
  field.at("type").unsupported("the decoder \"" + type + "\"");
}

}  // namespace modelhost

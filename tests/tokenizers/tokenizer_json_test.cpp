#include "tokenizers/tokenizer_json.h"

#include <catch2/catch_test_macros.hpp>

#include "tokenizers/support.h"

namespace modelhost {
namespace {

using test::Failure;
using test::failure_of;
using test::small_tokenizer_json;

Failure parse_text(const std::string& text) {
  return failure_of([&] { parse_tokenizer_json(text, "tokenizer.json"); });
}

/// The failure after `value` was put at `pointer`.
Failure with(const std::string& pointer, const Json& value) {
  Json json = small_tokenizer_json();
  json[Json::json_pointer(pointer)] = value;
  return parse_text(json.dump());
}

Failure without(const std::string& parent, const std::string& key) {
  Json json = small_tokenizer_json();
  json[Json::json_pointer(parent)].erase(key);
  return parse_text(json.dump());
}

TEST_CASE("a complete tokenizer.json is read") {
  const TokenizerParts parts = parse_tokenizer_json(small_tokenizer_json().dump(), "tokenizer.json");
  CHECK(parts.model->vocabulary().size() == 10);
  CHECK(parts.model->vocabulary().find("world") == 5);
  CHECK(parts.added_tokens.size() == 4);
  CHECK(parts.post_processor->added_tokens(true) == 3);
  CHECK_FALSE(parts.truncation);
}

TEST_CASE("the truncation and padding sections are read") {
  Json json = small_tokenizer_json();
  json["truncation"] = {
      {"max_length", 128}, {"strategy", "OnlySecond"}, {"stride", 3}, {"direction", "Left"}};
  json["padding"] = {{"strategy", {{"Fixed", 64}}},
                     {"direction", "Left"},
                     {"pad_to_multiple_of", 8},
                     {"pad_id", 1},
                     {"pad_type_id", 2},
                     {"pad_token", "<p>"}};
  const TokenizerParts parts = parse_tokenizer_json(json.dump(), "f");
  CHECK(parts.truncation->max_length == 128);
  CHECK(parts.truncation->strategy == Truncation::kOnlySecond);
  CHECK(parts.truncation->direction == Side::kLeft);
  CHECK(parts.padding->fixed_length == 64);
  CHECK(parts.padding->pad_to_multiple_of == 8);
  CHECK(parts.padding->pad_token == "<p>");
  CHECK(with("/padding", {{"strategy", "Some"}}).key == "padding.strategy");
  CHECK(with("/truncation", {{"max_length", -1}, {"strategy", "OnlyFirst"}, {"stride", 0}}).key ==
        "truncation.max_length");
}

TEST_CASE("a component that is not supported is named with its key") {
  struct Case {
    const char* pointer;
    const char* key;
  };
  for (const auto& [pointer, key] :
       {Case{"/normalizer", "normalizer.type"}, Case{"/pre_tokenizer", "pre_tokenizer.type"},
        Case{"/post_processor", "post_processor.type"}, Case{"/decoder", "decoder.type"}}) {
    const Failure failure = with(pointer, {{"type", "Marvel"}});
    CHECK(failure.code == "T102");
    CHECK(failure.key == key);
    CHECK(failure.text.find("Marvel") != std::string::npos);
  }
  CHECK(with("/model/type", "BPE").key == "model.type");
  CHECK(with("/version", "2.0").code == "T102");
  const Failure nested = with(
      "/normalizer", {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}, {{"type", "Precompiled"}}}}});
  CHECK(nested.code == "T102");
  CHECK(nested.key == "normalizer.normalizers[1].type");
  const Failure regex =
      with("/normalizer", {{"type", "Replace"}, {"pattern", {{"Regex", "a+"}}}, {"content", ""}});
  CHECK(regex.code == "T102");
  CHECK(regex.key == "normalizer.pattern.Regex");
}

TEST_CASE("hostile vocabularies end in typed errors that name the entry") {
  CHECK(with("/model/vocab/world", -1).key == "model.vocab[\"world\"]");
  CHECK(with("/model/vocab/world", int64_t{1} << 40).code == "T103");
  CHECK(with("/model/vocab/world", 18446744073709551615u).code == "T103");
  CHECK(with("/model/vocab/world", 1.5).key == "model.vocab[\"world\"]");
  CHECK(with("/model/vocab/world", "5").code == "T103");
  CHECK(with("/model/vocab/world", nullptr).code == "T103");
  CHECK(with("/model/vocab/world", {{"a", 1}}).code == "T103");
  CHECK(with("/model/vocab/world", 4).code == "T103");  // the id of "hello"
  CHECK(with("/model/vocab/world", 2'000'000'000).code == "none");
  CHECK(with("/model/vocab", Json::array()).key == "model.vocab");
  CHECK(with("/model/vocab", nullptr).key == "model.vocab");
  CHECK(with("/model/vocab", Json::object()).key == "model.unk_token");
  CHECK(with("/model/vocab", {{"", 0}, {"[UNK]", 1}}).code == "none");
  CHECK(without("/model/vocab", "[UNK]").key == "model.unk_token");
  std::string twice = small_tokenizer_json().dump();
  twice.replace(twice.find("\"hello\":4"), 9, "\"hello\":4,\"hello\":11");
  CHECK((parse_text(twice).code == "T103" || parse_text(twice).code == "J102"));
}

TEST_CASE("wrong types and missing keys are named") {
  CHECK(with("/model/unk_token", 3).key == "model.unk_token");
  CHECK(with("/model/max_input_chars_per_word", -1).key == "model.max_input_chars_per_word");
  CHECK(with("/model/max_input_chars_per_word", 1e99).key == "model.max_input_chars_per_word");
  CHECK(with("/model", 5).key == "model");
  CHECK(without("", "model").key == "model");
  CHECK(without("/model", "vocab").key == "model.vocab");
  CHECK(with("/normalizer", "BertNormalizer").key == "normalizer");
  CHECK(with("/normalizer/lowercase", "yes").key == "normalizer.lowercase");
  CHECK(with("/added_tokens", {{"a", 1}}).key == "added_tokens");
  CHECK(with("/added_tokens/0/id", -5).key == "added_tokens[0].id");
  CHECK(with("/added_tokens/1/content", 7).key == "added_tokens[1].content");
  CHECK(with("/added_tokens/1/special", nullptr).key == "added_tokens[1].special");
  CHECK(with("/pre_tokenizer", {{"type", "Punctuation"}, {"behavior", "Odd"}}).key ==
        "pre_tokenizer.behavior");
  CHECK(with("/decoder/cleanup", 1).key == "decoder.cleanup");
}

TEST_CASE("a template must name sequences and special tokens that exist") {
  const Json unknown = {{"SpecialToken", {{"id", "[NO]"}, {"type_id", 0}}}};
  CHECK(with("/post_processor/single/0", unknown).key == "post_processor.single[0].SpecialToken.id");
  const Json b = {{"Sequence", {{"id", "B"}, {"type_id", 0}}}};
  CHECK(with("/post_processor/single/1", b).key == "post_processor.single[1].Sequence.id");
  CHECK(with("/post_processor/pair/1", {{"Other", 1}}).key == "post_processor.pair[1]");
  CHECK(with("/post_processor/special_tokens/[CLS]/ids", {1, 2}).code == "T103");
  CHECK(with("/post_processor/special_tokens/[CLS]/ids/0", -1).code == "T103");
  CHECK(with("/post_processor/pair/1/Sequence/type_id", 1e9).code == "T103");
  CHECK(
      with("/post_processor", {{"type", "BertProcessing"}, {"cls", {"[CLS]"}}, {"sep", {"[SEP]", 3}}}).key ==
      "post_processor.cls");
}

TEST_CASE("replacements that would blow texts up are refused") {
  Json chain = Json::array();
  for (int i = 0; i < 10; ++i)
    chain.push_back({{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aaaa"}});
  CHECK(with("/normalizer", {{"type", "Sequence"}, {"normalizers", chain}}).code == "T103");
}

TEST_CASE("damaged JSON keeps the errors of the JSON reader") {
  const std::string text = small_tokenizer_json().dump();
  CHECK(parse_text("").code == "J101");
  CHECK(parse_text(text + "x").code == "J101");
  CHECK(parse_text(text.substr(0, text.size() / 2)).code == "J101");
  CHECK(parse_text("{\"model\":" + std::string(1000, '[')).code == "J103");
  CHECK(parse_text("{\"decoder\":null," + text.substr(1)).code == "J102");
  CHECK(parse_text("[]").code == "T103");
  CHECK(parse_text("3").code == "T103");
}

TEST_CASE("a tokenizer.json cut anywhere or with any byte changed never crashes") {
  const std::string text = small_tokenizer_json().dump();
  for (std::size_t i = 0; i < text.size(); i += 3) {
    parse_text(text.substr(0, i));
    for (const char c : {'0', '"', '-', '[', '}', '\xff'}) {
      std::string changed = text;
      changed[i] = c;
      const Failure failure = parse_text(changed);
      CHECK((failure.code == "none" || failure.code[0] == 'J' || failure.code[0] == 'T'));
    }
  }
}

}  // namespace
}  // namespace modelhost

#include <catch2/catch_test_macros.hpp>

#include "modelhost/tokenizers/tokenizer.h"
#include "tokenizers/support.h"
#include "tokenizers/tokenizer_settings.h"
#include "tokenizers/vocab_txt.h"

namespace modelhost {
namespace {

using test::failure_of;
using test::TempDir;

std::string config_key(const std::string& config) {
  TempDir dir;
  dir.write("tokenizer_config.json", config);
  const auto failure = failure_of([&] { read_tokenizer_settings(dir.path()); });
  return failure.code + " " + failure.key;
}

TEST_CASE("an empty directory gives the defaults") {
  const TokenizerSettings settings = read_tokenizer_settings(TempDir().path());
  CHECK_FALSE(settings.model_max_length);
  CHECK(settings.padding_side == Side::kRight);
  CHECK_FALSE(settings.do_lower_case);
}

TEST_CASE("tokenizer_config.json is read, and wins over special_tokens_map.json") {
  TempDir dir;
  dir.write("tokenizer_config.json",
            R"({"model_max_length": 512, "padding_side": "left", "strip_accents": null,
    "do_lower_case": false, "cls_token": {"__type": "AddedToken", "content": "<s>", "lstrip": true, "normalized": true},
    "added_tokens_decoder": {"10": {"content": "ten"}, "9": {"content": "nine", "special": true}}})");
  dir.write("special_tokens_map.json",
            R"({"cls_token": "[CLS]", "sep_token": "[SEP]", "additional_special_tokens": ["<x>"]})");
  const TokenizerSettings settings = read_tokenizer_settings(dir.path());
  CHECK(settings.model_max_length == 512);
  CHECK(settings.padding_side == Side::kLeft);
  REQUIRE(settings.strip_accents);
  CHECK_FALSE(*settings.strip_accents);
  CHECK(settings.do_lower_case == false);
  CHECK(settings.cls_token == "<s>");
  CHECK(settings.sep_token == "[SEP]");
  REQUIRE(settings.added_tokens.size() == 2);
  CHECK(settings.added_tokens[0].content == "nine");
  CHECK(settings.special_tokens.size() == 3);
  CHECK(settings.special_tokens[0].lstrip);
}

TEST_CASE("transformers' very large integer means no limit") {
  TempDir dir;
  dir.write("tokenizer_config.json", R"({"model_max_length": 1000000000000000019884624838656})");
  CHECK_FALSE(read_tokenizer_settings(dir.path()).model_max_length);
}

TEST_CASE("unusable settings are named") {
  CHECK(config_key(R"({"model_max_length": "512"})") == "T103 model_max_length");
  CHECK(config_key(R"({"model_max_length": -1})") == "T103 model_max_length");
  CHECK(config_key(R"({"padding_side": "up"})") == "T103 padding_side");
  CHECK(config_key(R"({"do_lower_case": "false"})") == "T103 do_lower_case");
  CHECK(config_key(R"({"cls_token": 3})") == "T103 cls_token");
  CHECK(config_key(R"({"added_tokens_decoder": {"x": {"content": "a"}}})") == "T103 added_tokens_decoder.x");
  CHECK(config_key("[]").starts_with("T103"));
}

TEST_CASE("vocab.txt gives a line its number, whatever its line ends") {
  const auto entries = parse_vocab_txt("a\r\nb\n\nc", "vocab.txt");
  REQUIRE(entries.size() == 4);
  CHECK(entries[1].piece == "b");
  CHECK(entries[2].piece == "");
  CHECK(entries[3].id == 3);
  CHECK(parse_vocab_txt("", "vocab.txt").empty());
}

TEST_CASE("a piece that stands in vocab.txt twice has its last id") {
  const auto entries = parse_vocab_txt("a\nb\na\n", "vocab.txt");
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].id == 2);
}

TEST_CASE("vocab.txt must be text and hold the special tokens") {
  const auto failure = [](const std::string& vocab) {
    TempDir dir;
    dir.write("vocab.txt", vocab);
    return failure_of([&] { Tokenizer::from_pretrained(dir.path()); });
  };
  CHECK(failure("a\xff\n").code == "T103");
  CHECK(failure("[CLS]\n[SEP]\n").key == "vocab.unk_token");
  CHECK(failure("[UNK]\n[SEP]\n").key == "[CLS]");
  CHECK(failure("[UNK]\n[SEP]\n[CLS]\n").code == "none");
}

TEST_CASE("decoding with a vocab.txt cleans up unless the configuration says otherwise") {
  TempDir dir;
  dir.write("vocab.txt", "[UNK]\n[SEP]\n[CLS]\n'\ns\n");
  const std::vector<int64_t> ids{4, 3, 4};
  CHECK(Tokenizer::from_pretrained(dir.path()).decode(ids) == "s's");
  dir.write("tokenizer_config.json", R"({"clean_up_tokenization_spaces": false})");
  CHECK(Tokenizer::from_pretrained(dir.path()).decode(ids) == "s ' s");
}

}  // namespace
}  // namespace modelhost

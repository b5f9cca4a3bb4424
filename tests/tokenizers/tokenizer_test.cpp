#include "modelhost/tokenizers/tokenizer.h"

#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "tokenizers/support.h"

namespace modelhost {
namespace {

using test::failure_of;
using test::small_tokenizer_json;
using test::TempDir;
using Ids = std::vector<int64_t>;

Tokenizer load(const Json& tokenizer, const std::string& config = "") {
  TempDir dir;
  dir.write("tokenizer.json", tokenizer.dump());
  if (!config.empty()) dir.write("tokenizer_config.json", config);
  return Tokenizer::from_pretrained(dir.path());
}

Tokenizer small(const std::string& config = "") {
  return load(small_tokenizer_json(), config);
}

TEST_CASE("a text becomes ids and comes back") {
  const Tokenizer tokenizer = small();
  const Encoding encoding = tokenizer.encode("Hello worlds!");
  CHECK(encoding.input_ids == Ids{2, 4, 5, 6, 7, 3});
  CHECK(encoding.tokens == std::vector<std::string>{"[CLS]", "hello", "world", "##s", "!", "[SEP]"});
  CHECK(encoding.attention_mask == Ids(6, 1));
  CHECK(encoding.special_tokens_mask == Ids{1, 0, 0, 0, 0, 1});
  CHECK(tokenizer.decode(encoding.input_ids, true) == "hello worlds!");
  CHECK(tokenizer.decode(encoding.input_ids) == "[CLS] hello worlds! [SEP]");
  CHECK(tokenizer.decode(Ids{-1, 4, 1'000'000}) == "hello");
}

TEST_CASE("special tokens inside a text are found, ordinary text is not mistaken for them") {
  const Tokenizer tokenizer = small();
  CHECK(tokenizer.encode("[CLS] a[SEP]", {.add_special_tokens = false}).input_ids == Ids{2, 8, 3});
  CHECK(tokenizer.encode("[cls]", {.add_special_tokens = false}).input_ids == Ids{1, 1, 1});
}

TEST_CASE("a tokenizer knows its tokens") {
  const Tokenizer tokenizer = small(R"({"model_max_length": 64})");
  CHECK(tokenizer.vocab_size() == 10);
  CHECK(tokenizer.token_to_id("world") == 5);
  CHECK(tokenizer.id_to_token(5) == "world");
  CHECK_FALSE(tokenizer.token_to_id("no"));
  CHECK_FALSE(tokenizer.id_to_token(-1));
  CHECK(tokenizer.pad_token_id() == 0);
  CHECK(tokenizer.cls_token_id() == 2);
  CHECK(tokenizer.sep_token_id() == 3);
  CHECK(tokenizer.unk_token_id() == 1);
  CHECK_FALSE(tokenizer.mask_token_id());
  CHECK(tokenizer.model_max_length() == 64);
  CHECK(tokenizer.num_special_tokens_to_add(true) == 3);
}

TEST_CASE("added tokens beyond the vocabulary count") {
  const Tokenizer tokenizer = small(R"({"additional_special_tokens": ["<new>"]})");
  CHECK(tokenizer.vocab_size(false) == 10);
  CHECK(tokenizer.vocab_size() == 11);
  CHECK(tokenizer.token_to_id("<new>") == 10);
  CHECK(tokenizer.encode("a<new>b", {.add_special_tokens = false}).input_ids == Ids{8, 10, 9});
}

TEST_CASE("tokenizer_config.json overrides the case of tokenizer.json, unless the class is generic") {
  CHECK(small(R"({"do_lower_case": false})").encode("A", {.add_special_tokens = false}).input_ids == Ids{1});
  CHECK(small(R"({"do_lower_case": false, "tokenizer_class": "PreTrainedTokenizerFast"})")
            .encode("A", {.add_special_tokens = false})
            .input_ids == Ids{8});
}

TEST_CASE("the sections of tokenizer.json are told but not followed") {
  Json json = small_tokenizer_json();
  json["truncation"] = {{"max_length", 3}, {"strategy", "LongestFirst"}, {"stride", 0}};
  const Tokenizer tokenizer = load(json);
  CHECK(tokenizer.truncation_section()->max_length == 3);
  CHECK(tokenizer.encode("a a a a").size() == 6);
}

TEST_CASE("a batch is padded to its longest, and tokens can be left out") {
  const std::vector<std::string> texts{"a", "a b a", ""};
  const auto batch = small().encode_batch(texts, {.padding = Padding::kLongest, .return_tokens = false});
  REQUIRE(batch.size() == 3);
  CHECK(batch[0].input_ids == Ids{2, 8, 3, 0, 0});
  CHECK(batch[2].attention_mask == Ids{1, 1, 0, 0, 0});
  CHECK(batch[1].tokens.empty());
  const std::vector<Tokenizer::Pair> pairs{{"a", "b"}, {"", ""}};
  CHECK(small().encode_batch(pairs)[1].input_ids == Ids{2, 3, 3});
  CHECK(small().encode_batch(std::vector<std::string>{}, {.padding = Padding::kLongest}).empty());
}

TEST_CASE("lengths default to model_max_length and without one nothing is cut or padded") {
  const EncodeOptions both{.padding = Padding::kMaxLength, .truncation = Truncation::kLongestFirst};
  CHECK(small(R"({"model_max_length": 4})").encode("a a a a a", both).size() == 4);
  CHECK(small(R"({"model_max_length": 4})").encode("", both).size() == 4);
  CHECK(small().encode("a a a a a", both).size() == 7);
}

TEST_CASE("sides come from the configuration unless the caller says otherwise") {
  const Tokenizer tokenizer = small(R"({"padding_side": "left", "truncation_side": "left"})");
  const EncodeOptions pad{.padding = Padding::kMaxLength, .max_length = 4};
  CHECK(tokenizer.encode("a", pad).input_ids == Ids{0, 2, 8, 3});
  const EncodeOptions cut{.truncation = Truncation::kOnlyFirst, .max_length = 3};
  CHECK(tokenizer.encode("a b", cut).input_ids == Ids{2, 9, 3});
  EncodeOptions right = cut;
  right.truncation_side = Side::kRight;
  CHECK(tokenizer.encode("a b", right).input_ids == Ids{2, 8, 3});
}

TEST_CASE("options that contradict each other are refused") {
  const Tokenizer tokenizer = small();
  const auto code = [&](const EncodeOptions& options) {
    return failure_of([&] { tokenizer.encode("a b", options); }).code;
  };
  CHECK(code({.truncation = Truncation::kLongestFirst, .max_length = 1}) == "T105");
  CHECK(code({.truncation = Truncation::kLongestFirst, .max_length = 2}) == "none");
  CHECK(code({.max_length = -1}) == "T105");
  CHECK(code({.padding = Padding::kLongest, .pad_to_multiple_of = -8}) == "T105");
  CHECK(code({.padding = Padding::kMaxLength, .max_length = int64_t{1} << 40}) == "T105");
  CHECK(code({.padding = Padding::kMaxLength,
              .truncation = Truncation::kLongestFirst,
              .max_length = 9,
              .pad_to_multiple_of = 8}) == "T105");
  CHECK(code({.truncation = Truncation::kOnlySecond, .max_length = 3}) == "T105");
}

TEST_CASE("padding needs a padding token") {
  Json json = small_tokenizer_json();
  json["model"]["vocab"].erase("[PAD]");
  json["added_tokens"].erase(0);
  const Tokenizer tokenizer = load(json);
  CHECK_FALSE(tokenizer.pad_token_id());
  CHECK(failure_of([&] { tokenizer.encode("a", {.padding = Padding::kLongest}); }).code == "T105");
}

TEST_CASE("text that is not UTF-8 is refused") {
  CHECK(failure_of([] { small().encode("a\xff"); }).code == "T104");
  CHECK(failure_of([] { small().encode_pair("a", "\xed\xa0\x80"); }).code == "T104");
}

TEST_CASE("a directory without tokenizer files says so") {
  CHECK(failure_of([] { Tokenizer::from_pretrained(TempDir().path()); }).code == "T101");
  CHECK(failure_of([] { Tokenizer::from_file("/nonexistent/tokenizer.json"); }).code == "IO101");
}

TEST_CASE("from_file needs no configuration") {
  TempDir dir;
  const auto path = dir.write("tokenizer.json", small_tokenizer_json().dump());
  CHECK(Tokenizer::from_file(path).encode_pair("a", "b").token_type_ids == Ids{0, 0, 0, 1, 1});
}

TEST_CASE("a tokenizer without any optional stage takes the text as one word") {
  Json json = small_tokenizer_json();
  for (const char* key : {"normalizer", "pre_tokenizer", "post_processor", "decoder"}) json[key] = nullptr;
  const Tokenizer tokenizer = load(json);
  CHECK(tokenizer.encode("worlds").input_ids == Ids{5, 6});
  CHECK(tokenizer.encode("a b").input_ids == Ids{1});
  CHECK(tokenizer.encode("").size() == 0);
  CHECK(tokenizer.decode(Ids{5, 6}) == "world ##s");
}

TEST_CASE("several threads encode with one tokenizer") {
  const Tokenizer tokenizer = small();
  const Ids expected = tokenizer.encode("Hello wörlds! 漢").input_ids;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int& mine : wrong) {
    threads.emplace_back([&, copy = tokenizer] {
      for (int i = 0; i < 2000; ++i) mine += copy.encode("Hello wörlds! 漢").input_ids != expected;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
}

// Quadratic time would be hours: ctest ends the test.
TEST_CASE("megabytes of any text take linear time") {
  const Tokenizer tokenizer = small();
  std::vector<std::string> texts{std::string(10'000'000, 'x'), std::string(10'000'000, ' '), "a"};
  for (int i = 0; i < 400'000; ++i) texts[2] += "[CLS][[SEP\u0301é";
  for (const std::string& text : texts) CHECK(tokenizer.encode(text, {.return_tokens = false}).size() >= 2);
}

}  // namespace
}  // namespace modelhost

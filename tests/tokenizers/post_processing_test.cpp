#include <catch2/catch_test_macros.hpp>

#include "tokenizers/decoder.h"
#include "tokenizers/padding.h"
#include "tokenizers/post_processor.h"
#include "tokenizers/support.h"
#include "tokenizers/truncation.h"

namespace modelhost {
namespace {

using test::failure_of;
using Ids = std::vector<int64_t>;

Encoding sequence(const Ids& ids) {
  Encoding encoding{ids, Ids(ids.size(), 0), Ids(ids.size(), 1), Ids(ids.size(), 0), {}};
  for (const int64_t id : ids) encoding.tokens.push_back(std::to_string(id));
  return encoding;
}

const SpecialToken kCls{{101}, {"[CLS]"}};
const SpecialToken kSep{{102}, {"[SEP]"}};

TEST_CASE("a template puts special tokens and segment numbers where it says") {
  const TemplateProcessing bert({{-1, kCls, 0}, {0, {}, 0}, {-1, kSep, 0}},
                                {{-1, kCls, 0}, {0, {}, 0}, {-1, kSep, 0}, {1, {}, 1}, {-1, kSep, 1}});
  CHECK(bert.added_tokens(false) == 2);
  CHECK(bert.added_tokens(true) == 3);
  const Encoding pair = post_process(&bert, {sequence({1, 2}), sequence({3})}, true);
  CHECK(pair.input_ids == Ids{101, 1, 2, 102, 3, 102});
  CHECK(pair.token_type_ids == Ids{0, 0, 0, 0, 1, 1});
  CHECK(pair.special_tokens_mask == Ids{1, 0, 0, 1, 0, 1});
  CHECK(pair.tokens == std::vector<std::string>{"[CLS]", "1", "2", "[SEP]", "3", "[SEP]"});
  const Encoding bare = post_process(&bert, {sequence({1, 2}), sequence({3})}, false);
  CHECK(bare.input_ids == Ids{1, 2, 3});
  CHECK(bare.token_type_ids == Ids{0, 0, 1});
}

TEST_CASE("a template may use a sequence twice and a special token of several ids") {
  const TemplateProcessing twice({{0, {}, 1}, {-1, {{7, 8}, {"x", "y"}}, 2}, {0, {}, 3}}, {});
  const Encoding out = post_process(&twice, {sequence({1})}, true);
  CHECK(out.input_ids == Ids{1, 7, 8, 1});
  CHECK(out.token_type_ids == Ids{1, 2, 2, 3});
}

TEST_CASE("BertProcessing, a sequence of processors and no processor at all") {
  const BertProcessing bert(kSep, kCls);
  CHECK(post_process(&bert, {sequence({1}), sequence({2})}, true).input_ids == Ids{102, 1, 101, 2, 101});
  CHECK(post_process(&bert, {sequence({1}), sequence({2})}, true).token_type_ids == Ids{0, 0, 0, 1, 1});
  const PostProcessorSequence chain({std::make_shared<BertProcessing>(kCls, kSep)});
  CHECK(chain.added_tokens(true) == 3);
  CHECK(post_process(&chain, {sequence({})}, true).input_ids == Ids{101, 102});
  CHECK(post_process(nullptr, {sequence({1}), sequence({2})}, true).token_type_ids == Ids{0, 1});
}

std::pair<std::size_t, std::size_t> longest_first(std::size_t a, std::size_t b, int64_t limit) {
  Encoding first = sequence(Ids(a, 1)), second = sequence(Ids(b, 2));
  truncate_pair(first, &second, limit, Truncation::kLongestFirst, Side::kRight);
  return {first.size(), second.size()};
}

TEST_CASE("longest_first cuts as tokenizers does") {
  using Sizes = std::pair<std::size_t, std::size_t>;
  CHECK(longest_first(3, 4, 7) == Sizes{3, 4});
  CHECK(longest_first(3, 9, 7) == Sizes{3, 4});
  CHECK(longest_first(9, 3, 7) == Sizes{4, 3});
  CHECK(longest_first(9, 9, 7) == Sizes{3, 4});
  CHECK(longest_first(10, 9, 7) == Sizes{4, 3});
  CHECK(longest_first(0, 9, 1) == Sizes{0, 1});
  CHECK(longest_first(5, 5, 0) == Sizes{0, 0});
}

TEST_CASE("only_first and only_second cut one and refuse to empty it") {
  Encoding first = sequence({1, 2, 3}), second = sequence({4, 5, 6});
  truncate_pair(first, &second, 4, Truncation::kOnlyFirst, Side::kLeft);
  CHECK(first.input_ids == Ids{3});
  CHECK(first.tokens == std::vector<std::string>{"3"});
  truncate_pair(first, &second, 2, Truncation::kOnlySecond, Side::kRight);
  CHECK(second.input_ids == Ids{4});
  CHECK(failure_of([&] { truncate_pair(first, &second, 1, Truncation::kOnlyFirst, Side::kRight); }).code ==
        "T105");
  Encoding alone = sequence({1, 2, 3});
  CHECK(failure_of([&] { truncate_pair(alone, nullptr, 1, Truncation::kOnlySecond, Side::kRight); }).code ==
        "T105");
}

TEST_CASE("padding fills to one length on the side that is asked for") {
  std::vector<Encoding> batch{sequence({1, 2, 3}), sequence({4}), sequence({})};
  pad_batch(batch, {.direction = Side::kLeft, .pad_to_multiple_of = 4, .pad_id = 9, .pad_type_id = 5});
  CHECK(batch[1].input_ids == Ids{9, 9, 9, 4});
  CHECK(batch[1].token_type_ids == Ids{5, 5, 5, 0});
  CHECK(batch[1].attention_mask == Ids{0, 0, 0, 1});
  CHECK(batch[1].special_tokens_mask == Ids{1, 1, 1, 0});
  CHECK(batch[1].tokens.front() == "[PAD]");
  CHECK(batch[2].size() == 4);
  pad_batch(batch, {.fixed_length = 2});
  CHECK(batch[0].size() == 4);  // never cuts
  CHECK(failure_of([&] { pad_batch(batch, {.fixed_length = int64_t{1} << 40}); }).code == "T105");
  CHECK(failure_of([&] { pad_batch(batch, {.pad_to_multiple_of = int64_t{1} << 40}); }).code == "T105");
}

TEST_CASE("the WordPiece decoder joins pieces and cleans up") {
  const WordPieceDecoder clean("##", true), plain("##", false);
  CHECK(clean.decode({"un", "##aff", "##able", ".", "Hi", ",", "you", "!"}) == "unaffable. Hi, you!");
  CHECK(plain.decode({"un", "##aff", ".", "a"}) == "unaff . a");
  CHECK(clean.decode({"##x", "##y"}) == "##xy");
  CHECK(clean.decode({}) == "");
  CHECK(clean_up_tokenization("do not ' go ' . I 'm , you 're") == "do not'go '. I'm, you're");
}

TEST_CASE("strategies have transformers' names") {
  CHECK(truncation_from_name("longest_first") == Truncation::kLongestFirst);
  CHECK(truncation_from_name("do_not_truncate") == Truncation::kNone);
  CHECK_FALSE(truncation_from_name("longest"));
  CHECK(padding_from_name("max_length") == Padding::kMaxLength);
  CHECK_FALSE(padding_from_name(""));
}

}  // namespace
}  // namespace modelhost

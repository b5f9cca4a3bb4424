#include "tokenizers/wordpiece.h"

#include <catch2/catch_test_macros.hpp>

#include "tokenizers/support.h"

namespace modelhost {
namespace {

using test::failure_of;
using test::vocabulary_of;
using Ids = std::vector<int64_t>;

Ids ids_of(const WordPiece& model, std::string_view word) {
  Ids ids;
  model.tokenize(word, ids);
  return ids;
}

WordPiece small_wordpiece(WordPieceOptions options = {}) {
  return {vocabulary_of({"[UNK]", "un", "##aff", "##able", "una", "##a", "é", "##é", "##", ""}),
          std::move(options), "test", "model"};
}

TEST_CASE("WordPiece takes the longest piece first and does not go back") {
  const WordPiece model = small_wordpiece();
  CHECK(ids_of(model, "un") == Ids{1});
  CHECK(ids_of(model, "unable") == Ids{0});  // "una" is longer than "un", and "##ble" does not exist
  CHECK(ids_of(model, "unaable") == Ids{4, 3});
  CHECK(ids_of(model, "éé") == Ids{6, 7});
  CHECK(ids_of(model, "xun") == Ids{0});
  CHECK(ids_of(model, "unx") == Ids{0});
}

TEST_CASE("WordPiece keeps what is in the list already when a word is unknown") {
  const WordPiece model = small_wordpiece();
  Ids ids{42};
  model.tokenize("unaffx", ids);
  CHECK(ids == Ids{42, 0});
}

TEST_CASE("a word's length is counted in characters") {
  const WordPiece model = small_wordpiece({.max_input_chars_per_word = 3});
  CHECK(ids_of(model, "ééé") == Ids{6, 7, 7});
  CHECK(ids_of(model, "éééé") == Ids{0});
  CHECK(ids_of(small_wordpiece({.max_input_chars_per_word = 0}), "un") == Ids{0});
}

TEST_CASE("another prefix, none, or one longer than every piece work") {
  const auto vocabulary = [] { return vocabulary_of({"[UNK]", "a", "@b", "b"}); };
  CHECK(ids_of(WordPiece(vocabulary(), {.continuing_subword_prefix = "@"}, "f", "m"), "abb") == Ids{1, 2, 2});
  CHECK(ids_of(WordPiece(vocabulary(), {.continuing_subword_prefix = ""}, "f", "m"), "aba") == Ids{1, 3, 1});
  CHECK(ids_of(WordPiece(vocabulary(), {.continuing_subword_prefix = "0123456789"}, "f", "m"), "ab") ==
        Ids{0});
}

TEST_CASE("pieces longer than the small buffer are found") {
  const std::string piece(5000, 'x');
  const WordPiece model(vocabulary_of({"[UNK]", piece, "##" + piece}), {.max_input_chars_per_word = 100'000},
                        "f", "m");
  CHECK(ids_of(model, piece + piece) == Ids{1, 2});
  CHECK(ids_of(model, piece + "x") == Ids{0});
}

TEST_CASE("a model without its unknown token or with a negative length is refused") {
  const auto no_unk = failure_of([] { WordPiece(vocabulary_of({"a"}), {}, "f", "model"); });
  CHECK(no_unk.code == "T103");
  CHECK(no_unk.key == "model.unk_token");
  const auto negative =
      failure_of([] { WordPiece(vocabulary_of({"[UNK]"}), {.max_input_chars_per_word = -1}, "f", "model"); });
  CHECK(negative.code == "T103");
  CHECK(negative.key == "model.max_input_chars_per_word");
}

TEST_CASE("a vocabulary need not be dense") {
  const Vocabulary vocabulary({{"a", 7}, {"b", kMaxTokenId}, {"", 0}}, "f", "vocab");
  CHECK(vocabulary.find("a") == 7);
  CHECK(vocabulary.find("b") == kMaxTokenId);
  CHECK(vocabulary.find("") == 0);
  CHECK_FALSE(vocabulary.find("c"));
  CHECK(vocabulary.piece(7) == "a");
  CHECK(vocabulary.piece(kMaxTokenId) == "b");
  for (const int64_t id : {int64_t{-1}, int64_t{1}, int64_t{6}, int64_t{8}, int64_t{1} << 40}) {
    CHECK_FALSE(vocabulary.piece(id));
  }
  CHECK(vocabulary.max_id() == kMaxTokenId);
  CHECK(Vocabulary({}, "f", "v").max_id() == -1);
  CHECK_FALSE(Vocabulary({}, "f", "v").find("a"));
}

TEST_CASE("ids that are out of range or taken and pieces given twice are refused") {
  const auto code = [](std::vector<VocabEntry> entries) {
    return failure_of([&] { Vocabulary(std::move(entries), "f", "vocab"); });
  };
  CHECK(code({{"a", -1}}).key == "vocab[\"a\"]");
  CHECK(code({{"a", int64_t{1} << 40}}).code == "T103");
  CHECK(code({{"a", 1}, {"b", 1}}).code == "T103");
  CHECK(code({{"a", 1}, {"a", 2}}).code == "T103");
  CHECK(code({{"a", 1}, {"b", 2}}).code == "none");
}

}  // namespace
}  // namespace modelhost

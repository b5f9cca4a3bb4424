#include "modelhost/host/tasks/sentence_config.h"

#include <catch2/catch_test_macros.hpp>

#include "modelhost/host/error_codes.h"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace modelhost::host {
namespace {

using test::error_of;
using test::TempDir;

constexpr const char* kModules = R"([
  {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
  {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
  {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}])";

TEST_CASE("modules.json and the files it names are read") {
  const TempDir dir;
  dir.write("modules.json", kModules);
  dir.write(
      "1_Pooling/config.json",
      R"({"pooling_mode_lasttoken": true, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": null})");
  dir.write("sentence_bert_config.json", R"({"max_seq_length": 77, "do_lower_case": true})");
  const SentenceConfig config = read_sentence_config(dir.path());
  CHECK((config.pooling == std::vector{Pooling::kCls, Pooling::kLastToken}));
  CHECK(config.normalize);
  CHECK(config.max_seq_length == 77);
  CHECK(config.do_lower_case);
}

TEST_CASE("a directory without modules.json gets mean pooling, not normalised") {
  const TempDir dir;
  const SentenceConfig config = read_sentence_config(dir.path());
  CHECK((config.pooling == std::vector{Pooling::kMean}));
  CHECK_FALSE(config.normalize);
  CHECK_FALSE(config.max_seq_length);
  CHECK_FALSE(config.do_lower_case);
}

TEST_CASE("what modules.json cannot mean is refused with file and key") {
  struct Case {
    const char* file;
    const char* text;
    const char* key;
  };
  const Case cases[] = {
      {"modules.json", "{}", ""},
      {"modules.json", "[]", ""},
      {"modules.json", "[3]", "type"},
      {"modules.json", R"([{"type": 3}])", "type"},
      {"modules.json", R"([{"type": "sentence_transformers.models.Dense", "path": "2_Dense"}])", "[0].type"},
      {"modules.json", R"([{"type": "x.Transformer", "path": ""}])", ""},
      {"modules.json",
       R"([{"type": "x.Pooling", "path": "1_Pooling"}, {"type": "x.Transformer", "path": ""}])", "[0].type"},
      {"modules.json",
       R"([{"type": "x.Transformer", "path": ""}, {"type": "x.Normalize"}, {"type": "x.Pooling", "path": "1_Pooling"}])",
       "[1].type"},
      {"modules.json", R"([{"type": "x.Pooling", "path": "../other"}])", "path"},
      {"modules.json", R"([{"type": "x.Pooling", "path": "/etc"}])", "path"},
      {"1_Pooling/config.json", "{}", "pooling_mode_…"},
      {"1_Pooling/config.json", R"({"pooling_mode_mean_tokens": true, "pooling_mode_attention": true})",
       "pooling_mode_attention"},
      {"1_Pooling/config.json", "[]", ""},
      {"1_Pooling/config.json", R"({"pooling_mode_cls_token": "yes"})", "pooling_mode_cls_token"},
      {"sentence_bert_config.json", R"({"max_seq_length": 0})", "max_seq_length"},
      {"sentence_bert_config.json", R"({"max_seq_length": "256"})", "max_seq_length"},
      {"sentence_bert_config.json", R"({"do_lower_case": 1})", "do_lower_case"},
  };
  for (const Case& wrong : cases) {
    CAPTURE(wrong.file, wrong.text);
    const TempDir dir;
    dir.write("modules.json", kModules);
    dir.write("1_Pooling/config.json", R"({"pooling_mode_mean_tokens": true})");
    const auto file = dir.write(wrong.file, wrong.text);
    const Error error = error_of([&] { read_sentence_config(dir.path()); });
    CHECK(error.code() == codes::kTaskModel.id);
    CHECK(error.file() == file.string());
    CHECK(error.key() == wrong.key);
  }
}

TEST_CASE("pooling names are those of sentence-transformers") {
  CHECK(pooling_from_name("lasttoken") == Pooling::kLastToken);
  CHECK(pooling_from_name("weightedmean") == Pooling::kWeightedMean);
  CHECK_FALSE(pooling_from_name("Mean"));
  CHECK_FALSE(pooling_from_name(""));
}

}  // namespace
}  // namespace modelhost::host

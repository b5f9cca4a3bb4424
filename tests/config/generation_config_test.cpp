#include "modelhost/config/generation_config.h"

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "modelhost/base/error_codes.h"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

using test::code_of;
using test::error_of;
using test::TempDir;

struct Row {
  const char *read, *written;
};

// What transformers 4.57.6 makes of these: GenerationConfig.from_dict(json.loads(read)).to_json_string().
constexpr Row kRows[] = {
    {R"({})", R"({)"
              "\n"
              R"(  "transformers_version": "4.57.6")"
              "\n"
              R"(})"
              "\n"},
    {R"({"temperature": null, "do_sample": true, "foo": [1], "top_p": 1, "transformers_version": "4.30.0", "_commit_hash": "abc"})",
     R"({)"
     "\n"
     R"(  "do_sample": true,)"
     "\n"
     R"(  "foo": [)"
     "\n"
     R"(    1)"
     "\n"
     R"(  ],)"
     "\n"
     R"(  "temperature": null,)"
     "\n"
     R"(  "transformers_version": "4.57.6")"
     "\n"
     R"(})"
     "\n"},
    {R"({"_from_model_config": true, "bos_token_id": 50256, "eos_token_id": [50256, 1], "unknown": 1})",
     R"({)"
     "\n"
     R"(  "_from_model_config": true,)"
     "\n"
     R"(  "bos_token_id": 50256,)"
     "\n"
     R"(  "eos_token_id": [)"
     "\n"
     R"(    50256,)"
     "\n"
     R"(    1)"
     "\n"
     R"(  ],)"
     "\n"
     R"(  "transformers_version": "4.57.6")"
     "\n"
     R"(})"
     "\n"},
    {R"({"do_sample": true, "temperature": 2, "top_k": 0, "top_p": 0.95, "repetition_penalty": 1.05})",
     R"({)"
     "\n"
     R"(  "do_sample": true,)"
     "\n"
     R"(  "repetition_penalty": 1.05,)"
     "\n"
     R"(  "temperature": 2,)"
     "\n"
     R"(  "top_k": 0,)"
     "\n"
     R"(  "top_p": 0.95,)"
     "\n"
     R"(  "transformers_version": "4.57.6")"
     "\n"
     R"(})"
     "\n"},
    {R"({"num_beams": 4, "early_stopping": "never", "length_penalty": 0.6, "num_return_sequences": 3, "max_new_tokens": 7})",
     R"({)"
     "\n"
     R"(  "early_stopping": "never",)"
     "\n"
     R"(  "length_penalty": 0.6,)"
     "\n"
     R"(  "max_new_tokens": 7,)"
     "\n"
     R"(  "num_beams": 4,)"
     "\n"
     R"(  "num_return_sequences": 3,)"
     "\n"
     R"(  "transformers_version": "4.57.6")"
     "\n"
     R"(})"
     "\n"},
    {R"({"watermarking_config": {"bias": 2.5}, "name": "\u00e4\u20ac"})",
     R"({)"
     "\n"
     R"(  "name": "\u00e4\u20ac",)"
     "\n"
     R"(  "transformers_version": "4.57.6",)"
     "\n"
     R"(  "watermarking_config": {)"
     "\n"
     R"(    "bias": 2.5,)"
     "\n"
     R"(    "context_width": 1,)"
     "\n"
     R"(    "greenlist_ratio": 0.25,)"
     "\n"
     R"(    "hashing_key": 15485863,)"
     "\n"
     R"(    "seeding_scheme": "lefthash")"
     "\n"
     R"(  })"
     "\n"
     R"(})"
     "\n"},
    {R"({"suppress_tokens": [1, 2, 3], "forced_decoder_ids": [[1, null], [2, 50359]], "alignment_heads": [[2, 2], [3, 0]], "lang_to_id": {"<|de|>": 50261}, "is_multilingual": true})",
     R"({)"
     "\n"
     R"(  "alignment_heads": [)"
     "\n"
     R"(    [)"
     "\n"
     R"(      2,)"
     "\n"
     R"(      2)"
     "\n"
     R"(    ],)"
     "\n"
     R"(    [)"
     "\n"
     R"(      3,)"
     "\n"
     R"(      0)"
     "\n"
     R"(    ])"
     "\n"
     R"(  ],)"
     "\n"
     R"(  "forced_decoder_ids": [)"
     "\n"
     R"(    [)"
     "\n"
     R"(      1,)"
     "\n"
     R"(      null)"
     "\n"
     R"(    ],)"
     "\n"
     R"(    [)"
     "\n"
     R"(      2,)"
     "\n"
     R"(      50359)"
     "\n"
     R"(    ])"
     "\n"
     R"(  ],)"
     "\n"
     R"(  "is_multilingual": true,)"
     "\n"
     R"(  "lang_to_id": {)"
     "\n"
     R"(    "<|de|>": 50261)"
     "\n"
     R"(  },)"
     "\n"
     R"(  "suppress_tokens": [)"
     "\n"
     R"(    1,)"
     "\n"
     R"(    2,)"
     "\n"
     R"(    3)"
     "\n"
     R"(  ],)"
     "\n"
     R"(  "transformers_version": "4.57.6")"
     "\n"
     R"(})"
     "\n"},
    {R"({"use_cache": false, "output_scores": true, "return_dict_in_generate": true, "pad_token_id": 0, "num_assistant_tokens_schedule": "heuristic", "is_assistant": true})",
     R"({)"
     "\n"
     R"(  "is_assistant": true,)"
     "\n"
     R"(  "num_assistant_tokens_schedule": "heuristic",)"
     "\n"
     R"(  "output_scores": true,)"
     "\n"
     R"(  "pad_token_id": 0,)"
     "\n"
     R"(  "return_dict_in_generate": true,)"
     "\n"
     R"(  "transformers_version": "4.57.6",)"
     "\n"
     R"(  "use_cache": false)"
     "\n"
     R"(})"
     "\n"},
};

TEST_CASE("generation configs are written as transformers writes them") {
  for (const Row& row : kRows) {
    CAPTURE(row.read);
    const GenerationConfig config = GenerationConfig::from_json(Json::parse(row.read), "g.json");
    CHECK(config.to_json_string() == row.written);
    const auto again = GenerationConfig::from_json(Json::parse(config.to_json_string()), "g.json");
    CHECK(again.to_json_string() == row.written);
  }
}

struct ToyConfig : PretrainedConfig {
  bool use_cache = true;
  std::string_view type() const override { return "toy"; }
  std::unique_ptr<PretrainedConfig> make_default() const override { return std::make_unique<ToyConfig>(); }
  void fields(ConfigFields& f) override {
    PretrainedConfig::fields(f);
    f("use_cache", use_cache);
  }
};

TEST_CASE("a generation config is made of what the model's config states") {
  ToyConfig config;
  CHECK(GenerationConfig::from_model_config(config).to_json_string() ==
        "{\n  \"_from_model_config\": true,\n  \"transformers_version\": \"4.57.6\"\n}\n");
  config.read(
      Json::parse(R"({"model_type": "toy", "pad_token_id": 3, "eos_token_id": [1, 2], "max_length": 50,
                              "use_cache": false, "output_attentions": true, "hidden": 7})"),
      "config.json");
  CHECK(GenerationConfig::from_model_config(config).to_diff_dict() ==
        Json::parse(R"({"_from_model_config": true, "pad_token_id": 3, "eos_token_id": [1, 2],
                        "max_length": 50, "use_cache": false, "output_attentions": true,
                        "return_dict_in_generate": true, "transformers_version": "4.57.6"})"));
}

TEST_CASE("settings in a model's config that are not the class's own are misplaced") {
  ToyConfig config;
  CHECK(misplaced_generation_values(config).empty());
  config.read(Json::parse(R"({"max_length": 50, "top_k": 50, "temperature": null, "do_sample": true})"), "c");
  CHECK(misplaced_generation_values(config) == Json{{"max_length", 50}, {"do_sample", true}});
  config.give_up({"max_length", "do_sample"});
  CHECK(misplaced_generation_values(config).empty());
  CHECK(config.to_json_string().find("\"max_length\": null") != std::string::npos);
}

TEST_CASE("values of the wrong type and settings that transformers refuses are errors with the key") {
  const std::tuple<const char*, const char*, ErrorCode> bad[] = {
      {R"({"max_length": "20"})", "max_length", codes::kConfigType},
      {R"({"do_sample": 1})", "do_sample", codes::kConfigType},
      {R"({"temperature": [1]})", "temperature", codes::kConfigType},
      {R"({"eos_token_id": ["a"]})", "eos_token_id", codes::kConfigType},
      {R"({"early_stopping": "sometimes"})", "early_stopping", codes::kConfigChoice},
      {R"({"max_new_tokens": 0})", "max_new_tokens", codes::kConfigRange},
      {R"({"cache_implementation": "huge"})", "cache_implementation", codes::kConfigChoice},
      {R"({"num_return_sequences": 2})", "num_return_sequences", codes::kConfigInconsistent},
      {R"({"num_return_sequences": 3, "num_beams": 2})", "num_return_sequences", codes::kConfigInconsistent},
      {R"({"streamer": null})", "streamer", codes::kConfigInconsistent},
      {R"({"compile_config": {}})", "compile_config", codes::kConfigInconsistent},
  };
  for (const auto& [text, key, code] : bad) {
    CAPTURE(text);
    const Error error = error_of([&] { GenerationConfig::from_json(Json::parse(text), "g.json"); });
    CHECK(error.code() == code.id);
    CHECK(error.key() == key);
    CHECK(error.file() == "g.json");
  }
  CHECK(code_of([] { GenerationConfig::from_json(Json::array(), "g"); }) == codes::kConfigType.id);
  CHECK_NOTHROW(GenerationConfig::from_json(Json::parse(R"({"compile_config": null, "num_beams": 3,
                                                            "num_return_sequences": 3})"),
                                            "g"));
}

TEST_CASE("settings without effect are told, and not saved") {
  const std::pair<const char*, std::size_t> rows[] = {
      {"{}", 0},
      {R"({"temperature": 0.5, "top_p": 0.9, "min_p": 0.1, "typical_p": 0.9, "top_k": 5, "epsilon_cutoff": 0.1,
           "eta_cutoff": 0.1})",
       7},
      {R"({"temperature": 0.5, "do_sample": true})", 0},
      {R"({"temperature": null, "top_k": null})", 0},
      {R"({"early_stopping": true, "length_penalty": 2.0})", 2},
      {R"({"early_stopping": true, "length_penalty": 2.0, "num_beams": 2})", 0},
      {R"({"use_cache": false, "cache_implementation": "static", "return_legacy_cache": false})", 2},
      {R"({"output_scores": true, "output_logits": true})", 2},
      {R"({"output_scores": true, "return_dict_in_generate": true})", 0},
      {R"({"pad_token_id": -1})", 1},
  };
  for (const auto& [text, count] : rows) {
    CAPTURE(text);
    const GenerationConfig config = GenerationConfig::from_json(Json::parse(text), "g.json");
    CHECK(config.issues().size() == count);
    CHECK(code_of([&] { config.validate("g.json", true); }) ==
          (count > 0 ? std::string(codes::kConfigInconsistent.id) : "none"));
  }
}

TEST_CASE("values can be read and set") {
  GenerationConfig config;
  CHECK(config.get("max_length").get<int64_t>() == 20);
  CHECK(config.get("anything").is_null());
  config.set("max_length", 30);
  config.set("note", "kept");
  CHECK(config.to_diff_dict() ==
        Json{{"max_length", 30}, {"note", "kept"}, {"transformers_version", "4.57.6"}});
  CHECK(code_of([&] { config.set("max_length", "long"); }) == codes::kConfigType.id);
}

TEST_CASE("fields have types, and are unset where the file says null or the default is none") {
  const GenerationConfig fresh;
  CHECK(fresh.max_length == 20);
  CHECK_FALSE(fresh.max_new_tokens.has_value());
  CHECK(fresh.temperature == 1.0);
  CHECK(fresh.early_stopping == false);
  CHECK(fresh.to_diff_dict() == Json{{"transformers_version", "4.57.6"}});
  const GenerationConfig read = GenerationConfig::from_json(
      Json::parse(
          R"({"max_new_tokens": 8, "top_p": 0.5, "do_sample": true, "temperature": null, "eos_token_id": 7,
                      "suppress_tokens": [1, 2], "stop_strings": ["a"], "note": 1})"),
      "g.json");
  CHECK(read.max_new_tokens == 8);
  CHECK(read.top_p == 0.5);
  CHECK(read.do_sample == true);
  CHECK_FALSE(read.temperature.has_value());
  CHECK(read.eos_token_id == TokenIds{{7}});
  CHECK(read.suppress_tokens == TokenIds{{1, 2}});
  CHECK(read.stop_strings == Json{"a"});
  CHECK(read.extra == Json{{"note", 1}});
}

TEST_CASE("what fields are given is written, and what they keep is written as it was read") {
  GenerationConfig config = GenerationConfig::from_json(
      Json::parse(
          R"({"temperature": 2, "top_p": 1, "eos_token_id": [3], "num_beams": 4, "max_length": null})"),
      "g");
  CHECK(
      config.to_diff_dict().dump() ==
      R"({"eos_token_id":[3],"max_length":null,"num_beams":4,"temperature":2,"transformers_version":"4.57.6"})");
  config.temperature = 0.5;
  config.eos_token_id = std::vector<int64_t>{3, 4};
  config.bos_token_id = std::vector<int64_t>{5};
  config.num_beams = std::nullopt;
  config.max_length = 20;
  CHECK(
      config.to_diff_dict().dump() ==
      R"({"bos_token_id":5,"eos_token_id":[3,4],"num_beams":null,"temperature":0.5,"transformers_version":"4.57.6"})");
  config.temperature = 2.0;
  CHECK(config.get("temperature").is_number_integer());
  config.set("temperature", nullptr);
  CHECK_FALSE(config.temperature.has_value());
  const GenerationConfig copy = config;
  CHECK(copy.to_json_string() == config.to_json_string());
}

TEST_CASE("rules see what fields are given") {
  GenerationConfig config;
  config.top_k = 5;
  CHECK(config.issues().size() == 1);
  config.do_sample = true;
  CHECK(config.issues().empty());
  config.max_new_tokens = 0;
  CHECK(code_of([&] { config.validate("g"); }) == codes::kConfigRange.id);
}

TEST_CASE("generation_config.json is read where it is, and must be JSON") {
  const TempDir dir;
  CHECK_FALSE(GenerationConfig::from_pretrained(dir.path()));
  dir.write("generation_config.json", R"({"max_length": 12})");
  CHECK(GenerationConfig::from_pretrained(dir.path())->get("max_length") == 12);
  dir.write("generation_config.json", R"({"max_length")");
  CHECK(code_of([&] { GenerationConfig::from_pretrained(dir.path()); }) == codes::kJsonSyntax.id);
}

}  // namespace
}  // namespace modelhost

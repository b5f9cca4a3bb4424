#include "modelhost/config/pretrained_config.h"

#include <catch2/catch_test_macros.hpp>

#include "modelhost/base/error_codes.h"

namespace modelhost {
namespace {

struct SampleConfig : PretrainedConfig {
  static constexpr std::string_view model_type = "sample";
  int64_t hidden_size = 16;
  double eps = 1e-12;
  bool use_cache = true;
  std::string hidden_act = "gelu";
  std::optional<double> classifier_dropout;
  SampleConfig() { pad_token_id = 0; }
  std::string_view type() const override { return model_type; }
  std::unique_ptr<PretrainedConfig> make_default() const override { return std::make_unique<SampleConfig>(); }
  std::vector<std::pair<std::string, std::string>> attribute_map() const override {
    return {{"n_embd", "hidden_size"}};
  }
  void fields(ConfigFields& f) override {
    PretrainedConfig::fields(f);
    f("hidden_size", hidden_size, limits::kWidth);
    f("eps", eps);
    f("use_cache", use_cache);
    f("hidden_act", hidden_act, {"gelu", "relu"});
    f("classifier_dropout", classifier_dropout, limits::kProbability);
  }
};

SampleConfig read(const char* text) {
  SampleConfig config;
  config.read(parse_json(text, "config.json"), "config.json");
  return config;
}

Error error_of(const char* text) {
  try {
    read(text);
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  throw 0;
}

TEST_CASE("a default config is written as transformers writes one") {
  CHECK(SampleConfig().to_json_string() ==
        "{\n"
        "  \"classifier_dropout\": null,\n"
        "  \"eps\": 1e-12,\n"
        "  \"hidden_act\": \"gelu\",\n"
        "  \"hidden_size\": 16,\n"
        "  \"model_type\": \"sample\",\n"
        "  \"pad_token_id\": 0,\n"
        "  \"transformers_version\": \"4.57.6\",\n"
        "  \"use_cache\": true\n"
        "}\n");
}

TEST_CASE("unknown keys are kept and written back unchanged") {
  const SampleConfig config =
      read(R"({"hidden_size": 8, "my_list": [1, {"x": null}], "gradient_checkpointing": false})");
  const Json out = config.to_diff_dict();
  CHECK(out["my_list"] == parse_json(R"([1, {"x": null}])", ""));
  CHECK(out["gradient_checkpointing"] == false);
  CHECK(out["hidden_size"] == 8);
}

TEST_CASE("an integer that stands for a floating field is written as an integer until the field changes") {
  SampleConfig config = read(R"({"eps": 0, "classifier_dropout": 1})");
  CHECK(config.eps == 0.0);
  CHECK(config.to_diff_dict()["eps"].dump() == "0");
  CHECK(config.to_diff_dict()["classifier_dropout"].dump() == "1");
  config.eps = 1.5;
  config.classifier_dropout.reset();
  CHECK(config.to_diff_dict()["eps"].dump() == "1.5");
  CHECK(config.to_diff_dict()["classifier_dropout"].is_null());
  CHECK(read(R"({"eps": 0.0})").to_diff_dict()["eps"].dump() == "0.0");
}

TEST_CASE("keys at their library default and notes of the writing program are not written") {
  const Json out =
      read(R"({"max_length": 20, "top_k": 50, "do_sample": true, "_name_or_path": "x", "is_decoder": false,
                            "transformers_version": "4.8.2", "torchscript": false, "pruned_heads": {}})")
          .to_diff_dict();
  CHECK_FALSE(out.contains("max_length"));
  CHECK_FALSE(out.contains("top_k"));
  CHECK_FALSE(out.contains("_name_or_path"));
  CHECK_FALSE(out.contains("is_decoder"));
  CHECK_FALSE(out.contains("pruned_heads"));
  CHECK(out["do_sample"] == true);
  CHECK(out["transformers_version"] == "4.57.6");
}

TEST_CASE("which attention computes is not written, and that a library chose it is, as in transformers") {
  const Json out =
      read(R"({"_attn_implementation": "eager", "_attn_implementation_autoset": true})").to_diff_dict();
  CHECK_FALSE(out.contains("_attn_implementation"));
  CHECK(out["_attn_implementation_autoset"] == true);
}

TEST_CASE("a field back at the base default but not at the class default is written") {
  CHECK(read(R"({"pad_token_id": null})").to_diff_dict().contains("pad_token_id"));
}

TEST_CASE("labels and pruned heads are ordered by number, as Python orders integer keys") {
  SampleConfig config;
  config.set_num_labels(11);
  config.pruned_heads = {{10, {0}}, {2, {1, 3}}, {-1, {0}}};
  const std::string text = config.to_json_string();
  CHECK(text.find("\"2\": \"LABEL_2\"") < text.find("\"10\": \"LABEL_10\""));
  CHECK(text.find("\"LABEL_10\": 10") < text.find("\"LABEL_2\": 2"));
  CHECK(text.find(
            "  \"pruned_heads\": {\n    \"-1\": [\n      0\n    ],\n    \"2\": [\n      1,\n      3\n    ],\n"
            "    \"10\": [\n      0\n    ]\n  },\n") != std::string::npos);
  const SampleConfig again = read(text.c_str());
  CHECK(again.pruned_heads == config.pruned_heads);
  CHECK(again.id2label == config.id2label);
}

TEST_CASE("what a config says beside its labels is written as it is, whatever text it is") {
  const SampleConfig config =
      read(R"({"id2label": {"0": "a"}, "a": "\u0001id2label", "\u0001pruned_heads": 1})");
  const SampleConfig again = read(config.to_json_string().c_str());
  CHECK(again.id2label.at(0) == "a");
  CHECK(again.extra.at("a") == "\u0001id2label");
  CHECK(again.to_json_string() == config.to_json_string());
}

TEST_CASE("as many labels as are allowed are written at once") {
  SampleConfig config;
  config.set_num_labels(1 << 17);
  CHECK(read(config.to_json_string().c_str()).num_labels() == 1 << 17);  // took time with the square of them
}

TEST_CASE("num_labels makes labels and is not written itself") {
  const SampleConfig config = read(R"({"num_labels": 3})");
  CHECK(config.id2label.at(2) == "LABEL_2");
  CHECK_FALSE(config.to_diff_dict().contains("num_labels"));
  CHECK(read(R"({"id2label": {"0": "no", "1": "yes", "2": "maybe"}})").num_labels() == 3);
}

TEST_CASE("both spellings of dtype are read and the new one is written") {
  CHECK(read(R"({"torch_dtype": "float16"})").dtype == "float16");
  CHECK(read(R"({"torch_dtype": "torch.bfloat16"})").dtype == "bfloat16");
  CHECK(read(R"({"dtype": "float16", "torch_dtype": "float32"})").dtype == "float16");
  const Json out = read(R"({"torch_dtype": "float16"})").to_diff_dict();
  CHECK(out["dtype"] == "float16");
  CHECK_FALSE(out.contains("torch_dtype"));
}

TEST_CASE("aliases of fields are accepted") {
  CHECK(read(R"({"n_embd": 32})").hidden_size == 32);
  CHECK(read(R"({"n_embd": 32})").to_diff_dict()["hidden_size"] == 32);
  CHECK_FALSE(read(R"({"n_embd": 32})").to_diff_dict().contains("n_embd"));
}

TEST_CASE("where a file has a field under both names, the alias counts, as in transformers") {
  CHECK(read(R"({"hidden_size": 8, "n_embd": 32})").hidden_size == 32);
  CHECK(read(R"({"n_embd": 32, "hidden_size": 8})").hidden_size == 32);
}

TEST_CASE("an error names the key that stands in the file, not the field that it is an alias of") {
  CHECK(error_of(R"({"n_embd": 0})").key() == "n_embd");
  CHECK(error_of(R"({"n_embd": 0})").file() == "config.json");
  CHECK(error_of(R"({"hidden_size": 0})").key() == "hidden_size");
}

TEST_CASE("a wrong type names file, key, expected and got") {
  const Error error = error_of(R"({"hidden_size": "big"})");
  CHECK(error.code() == codes::kConfigType.id);
  CHECK(error.file() == "config.json");
  CHECK(error.key() == "hidden_size");
  CHECK(error.expected() == "an integer");
  CHECK(error.got() == "\"big\"");
}

TEST_CASE("wrong types, ranges and choices are told apart") {
  CHECK(error_of(R"({"hidden_size": 1.5})").code() == "C102");
  CHECK(error_of(R"({"hidden_size": 18446744073709551615})").code() == "C102");
  CHECK(error_of(R"({"hidden_size": 0})").code() == "C103");
  CHECK(error_of(R"({"hidden_size": -3})").code() == "C103");
  CHECK(error_of(R"({"hidden_size": 1000000000000})").code() == "C103");
  CHECK(error_of(R"({"classifier_dropout": 1.5})").code() == "C103");
  CHECK(error_of(R"({"hidden_act": "gleu"})").code() == "C104");
  CHECK(error_of(R"({"hidden_act": "gleu"})").fix() == "did you mean gelu?");
  CHECK(error_of(R"({"id2label": {"x": "a"}})").code() == "C102");
  CHECK(error_of(R"({"id2label": ["a"]})").code() == "C102");
  CHECK(error_of(R"({"pruned_heads": {"0": 1}})").code() == "C102");
  CHECK(error_of(R"({"architectures": "X"})").code() == "C102");
  CHECK(error_of(R"({"num_labels": 1000000000})").code() == "C103");
  CHECK(error_of(R"({"problem_type": "guessing"})").code() == "C104");
}

}  // namespace
}  // namespace modelhost

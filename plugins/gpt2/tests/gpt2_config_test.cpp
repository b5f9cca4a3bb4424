#include "gpt2_config.h"

#include "gpt2_test_support.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/files/json_file.h"

namespace modelhost::plugins::gpt2 {
namespace {

GPT2Config read(const Json& object) {
  GPT2Config config;
  config.read(object, "dir/config.json");
  return config;
}

void check_error(const Json& object, const ErrorCode& code, const std::string& key) {
  INFO(object.dump());
  const Error error = error_of([&] { read(object); });
  CHECK(error.code() == code.id);
  CHECK(error.key() == key);
  CHECK(error.file() == "dir/config.json");
  CHECK_FALSE(error.expected().empty());
  CHECK_FALSE(error.got().empty());
}

TEST_CASE("an empty GPT-2 config has the defaults of transformers, and is written as there") {
  const GPT2Config config = read(Json::object());
  CHECK(config.inner_size() == 4 * 768);
  CHECK(config.eos_token_id == 50256);
  CHECK(config.to_json_string() ==
        "{\n"
        "  \"activation_function\": \"gelu_new\",\n"
        "  \"attn_pdrop\": 0.1,\n"
        "  \"bos_token_id\": 50256,\n"
        "  \"embd_pdrop\": 0.1,\n"
        "  \"eos_token_id\": 50256,\n"
        "  \"initializer_range\": 0.02,\n"
        "  \"layer_norm_epsilon\": 1e-05,\n"
        "  \"model_type\": \"gpt2\",\n"
        "  \"n_embd\": 768,\n"
        "  \"n_head\": 12,\n"
        "  \"n_inner\": null,\n"
        "  \"n_layer\": 12,\n"
        "  \"n_positions\": 1024,\n"
        "  \"reorder_and_upcast_attn\": false,\n"
        "  \"resid_pdrop\": 0.1,\n"
        "  \"scale_attn_by_inverse_layer_idx\": false,\n"
        "  \"scale_attn_weights\": true,\n"
        "  \"summary_activation\": null,\n"
        "  \"summary_first_dropout\": 0.1,\n"
        "  \"summary_proj_to_labels\": true,\n"
        "  \"summary_type\": \"cls_index\",\n"
        "  \"summary_use_proj\": true,\n"
        "  \"transformers_version\": \"4.57.6\",\n"
        "  \"use_cache\": true,\n"
        "  \"vocab_size\": 50257\n"
        "}\n");
}

TEST_CASE("the config.json of the first GPT-2 checkpoints is understood, and what is unknown in it kept") {
  const Json object = Json::parse(R"({
    "activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "n_ctx": 1024, "n_embd": 1600,
    "n_head": 25, "n_layer": 48, "n_positions": 1024, "summary_type": "cls_index", "vocab_size": 50257,
    "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50}}})");
  const GPT2Config config = read(object);
  CHECK(config.head_size() == 64);
  const Json written = Json::parse(config.to_json_string());
  for (const auto& [key, value] : object.items()) CHECK(written.at(key) == value);
}

TEST_CASE("GPT-2's fields have the names that all other models use, too") {
  const GPT2Config config = read({{"hidden_size", 24},
                                  {"max_position_embeddings", 33},
                                  {"num_attention_heads", 3},
                                  {"num_hidden_layers", 5}});
  CHECK(config.n_embd == 24);
  CHECK(config.n_positions == 33);
  CHECK(config.n_head == 3);
  CHECK(config.n_layer == 5);
  CHECK_FALSE(config.to_diff_dict().contains("hidden_size"));
}

TEST_CASE("every golden GPT-2 config is written back byte by byte") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(goldens_folder())) {
    const auto file = entry.path() / "config.json";
    INFO(file.string());
    GPT2Config config;
    config.read(read_json_file(file), file.string());
    CHECK(config.to_json_string() == read_bytes(file));
    ++files;
  }
  CHECK(files >= 20);
}

TEST_CASE("GPT-2 config values of the wrong type or out of range are refused") {
  check_error({{"n_embd", "768"}}, codes::kConfigType, "n_embd");
  check_error({{"n_embd", 0}}, codes::kConfigRange, "n_embd");
  check_error({{"hidden_size", -1}}, codes::kConfigRange, "hidden_size");
  check_error({{"n_layer", 1 << 30}}, codes::kConfigRange, "n_layer");
  check_error({{"n_inner", 0}}, codes::kConfigRange, "n_inner");
  check_error({{"n_inner", 1.5}}, codes::kConfigType, "n_inner");
  check_error({{"attn_pdrop", 1.5}}, codes::kConfigRange, "attn_pdrop");
  check_error({{"layer_norm_epsilon", -1}}, codes::kConfigRange, "layer_norm_epsilon");
  check_error({{"vocab_size", nullptr}}, codes::kConfigType, "vocab_size");
  check_error({{"scale_attn_weights", 1}}, codes::kConfigType, "scale_attn_weights");
  check_error({{"summary_type", "lost"}}, codes::kConfigChoice, "summary_type");
  check_error({{"activation_function", "gelu_neu"}}, codes::kConfigChoice, "activation_function");
}

TEST_CASE("dropouts that are no fields of GPT-2 are checked where they are given") {
  check_error({{"classifier_dropout", 2}}, codes::kConfigRange, "classifier_dropout");
  check_error({{"hidden_dropout", "no"}}, codes::kConfigType, "hidden_dropout");
  check_error({{"summary_last_dropout", -1}}, codes::kConfigRange, "summary_last_dropout");
  CHECK(heads::sizes_of(read(Json::object()), kToken).dropout == 0.1);
  CHECK(heads::sizes_of(read({{"hidden_dropout", 0.3}}), kToken).dropout == 0.3);
  CHECK(heads::sizes_of(read({{"hidden_dropout", 0.3}, {"classifier_dropout", 0.2}}), kToken).dropout == 0.2);
  CHECK(heads::sizes_of(read({{"hidden_dropout", 0.3}, {"classifier_dropout", nullptr}}), kToken).dropout ==
        0.3);
  CHECK(read({{"summary_last_dropout", 0.4}}).summary_last_dropout() == 0.4);
}

TEST_CASE("GPT-2 config values that contradict each other are refused") {
  check_error({{"n_embd", 30}, {"n_head", 4}}, codes::kConfigInconsistent, "n_embd");
  check_error({{"hidden_size", 30}, {"n_head", 4}}, codes::kConfigInconsistent, "hidden_size");
}

TEST_CASE("a sequence summary by attention, and one with an unknown activation, cannot be built") {
  const auto config = small_config();
  config->summary_type = "attn";
  CHECK(error_of([&] { GPT2DoubleHeadsModel model(config); }).key() == "summary_type");
  CHECK_NOTHROW(GPT2LMHeadModel(config));
  config->summary_type = "last";
  config->summary_activation = "tanhh";
  const Error error = error_of([&] { GPT2DoubleHeadsModel model(config); });
  CHECK(error.key() == "summary_activation");
  CHECK(error.code() == codes::kConfigChoice.id);
}

}  // namespace
}  // namespace modelhost::plugins::gpt2

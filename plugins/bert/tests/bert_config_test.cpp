#include "bert_config.h"

#include "bert_test_support.h"
#include "modelhost/base/error_codes.h"

namespace modelhost::plugins::bert {
namespace {

BertConfig read(const Json& object) {
  BertConfig config;
  config.read(object, "dir/config.json");
  return config;
}

// The error for a config that differs from the defaults in `object`.
Error error_for(const Json& object) {
  return error_of([&] { read(object); });
}

void check_error(const Json& object, const ErrorCode& code, const std::string& key) {
  INFO(object.dump());
  const Error error = error_for(object);
  CHECK(error.code() == code.id);
  CHECK(error.key() == key);
  CHECK(error.file() == "dir/config.json");
  CHECK_FALSE(error.expected().empty());
  CHECK_FALSE(error.got().empty());
}

TEST_CASE("an empty BERT config has the defaults of transformers") {
  const BertConfig config = read(Json::object());
  CHECK(config.hidden_size == 768);
  CHECK(config.vocab_size == 30522);
  CHECK(config.pad_token_id == 0);
  CHECK(config.layer_norm_eps == 1e-12);
  CHECK(config.use_cache);
  CHECK(heads::sizes_of(config, kClassifier).dropout == 0.1);
}

TEST_CASE("a BERT config is written as transformers writes it") {
  const Json object = read_config_json(goldens_folder() / "pruned-BertModel");
  BertConfig config;
  config.read(object, "config.json");
  const Json written = Json::parse(config.to_json_string());
  CHECK(written == object);
}

TEST_CASE("BERT config values of the wrong type or out of range are refused") {
  check_error({{"hidden_size", "768"}}, codes::kConfigType, "hidden_size");
  check_error({{"hidden_size", 0}}, codes::kConfigRange, "hidden_size");
  check_error({{"num_hidden_layers", 1 << 30}}, codes::kConfigRange, "num_hidden_layers");
  check_error({{"hidden_dropout_prob", 1.5}}, codes::kConfigRange, "hidden_dropout_prob");
  check_error({{"layer_norm_eps", -1}}, codes::kConfigRange, "layer_norm_eps");
  check_error({{"vocab_size", nullptr}}, codes::kConfigType, "vocab_size");
  check_error({{"position_embedding_type", "rotary"}}, codes::kConfigChoice, "position_embedding_type");
}

TEST_CASE("an unknown activation is refused with the file and the nearest name") {
  check_error({{"hidden_act", "gelu_neu"}}, codes::kConfigChoice, "hidden_act");
  CHECK(error_for({{"hidden_act", "gelu_neu"}}).fix().find("gelu_new") != std::string::npos);
}

TEST_CASE("BERT config values that contradict each other are refused") {
  check_error({{"hidden_size", 30}, {"num_attention_heads", 4}}, codes::kConfigInconsistent, "hidden_size");
  check_error({{"pad_token_id", 30522}}, codes::kConfigInconsistent, "pad_token_id");
  check_error({{"add_cross_attention", true}}, codes::kConfigInconsistent, "add_cross_attention");
}

TEST_CASE("a hidden size that heads do not divide passes where there is an embedding size") {
  CHECK(read({{"hidden_size", 30}, {"num_attention_heads", 4}, {"embedding_size", 8}}).hidden_size == 30);
}

TEST_CASE("a question answering model needs two labels") {
  const auto config = small_config();
  config->set_num_labels(3);
  CHECK(error_of([&] { BertForQuestionAnswering model(config); }).code() == codes::kConfigInconsistent.id);
}

}  // namespace
}  // namespace modelhost::plugins::bert

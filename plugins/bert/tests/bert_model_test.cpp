#include "bert_model.h"

#include <ATen/ops/ones.h>

#include <algorithm>
#include <set>

#include "bert_test_support.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/model/surgery.h"

namespace modelhost::plugins::bert {
namespace {

std::set<std::string> keys_of(torch::nn::Module& module) {
  std::set<std::string> keys;
  for (const StateEntry& entry : state_dict(module)) keys.insert(entry.name);
  return keys;
}

at::Tensor tensor_of(torch::nn::Module& module, const std::string& name) {
  for (const StateEntry& entry : state_dict(module)) {
    if (entry.name == name) return entry.tensor;
  }
  return {};
}

TEST_CASE("a head's keys are those of the base model under the prefix, and its own") {
  const auto base = make_model<BertModel>();
  const auto head = make_model<BertForSequenceClassification>();
  std::set<std::string> wanted = {"classifier.weight", "classifier.bias"};
  for (const std::string& key : keys_of(*base)) wanted.insert("bert." + key);
  CHECK(keys_of(*head) == wanted);
  CHECK(&head->base_model() != head.get());
}

TEST_CASE("position and token type buffers are known but not saved") {
  const auto model = make_model<BertModel>();
  CHECK_FALSE(keys_of(*model).contains("embeddings.position_ids"));
  const auto buffers = buffer_names(*model);
  CHECK(std::ranges::find(buffers, "embeddings.position_ids") != buffers.end());
}

template <typename Model>
void check_ties() {
  const auto model = make_model<Model>();
  const at::Tensor words = tensor_of(*model, "bert.embeddings.word_embeddings.weight");
  const at::Tensor bias = tensor_of(*model, "cls.predictions.bias");
  CHECK(tensor_of(*model, "cls.predictions.decoder.weight").is_same(words));
  CHECK(tensor_of(*model, "cls.predictions.decoder.bias").is_same(bias));
  CHECK(model->get_output_embeddings()->weight().is_same(words));
  CHECK(model->get_input_embeddings()->weight().is_same(words));
}

TEST_CASE("language models share the token table with their decoder, and the bias with its other name") {
  check_ties<BertForMaskedLM>();
  check_ties<BertLMHeadModel>();
  check_ties<BertForPreTraining>();
}

TEST_CASE("without tie_word_embeddings only the bias is shared") {
  const auto config = small_config();
  config->tie_word_embeddings = false;
  const auto model = make_model<BertForMaskedLM>(config);
  CHECK_FALSE(tensor_of(*model, "cls.predictions.decoder.weight")
                  .is_same(tensor_of(*model, "bert.embeddings.word_embeddings.weight")));
  CHECK(tensor_of(*model, "cls.predictions.decoder.bias").is_same(tensor_of(*model, "cls.predictions.bias")));
}

TEST_CASE("initial weights follow the rule of the reference") {
  const auto model = make_model<BertForMaskedLM>();
  CHECK(tensor_of(*model, "cls.predictions.bias").eq(0).all().item<bool>());
  CHECK(tensor_of(*model, "bert.embeddings.LayerNorm.weight").eq(1).all().item<bool>());
  const auto base = make_model<BertModel>();
  const at::Tensor words = tensor_of(*base, "embeddings.word_embeddings.weight");
  CHECK(words[0].eq(0).all().item<bool>());  // the padding token
  CHECK(words.std().item<double>() > 0.01);
}

TEST_CASE("pruned heads make smaller projections in their layer only") {
  const auto config = small_config();
  config->pruned_heads = {{1, {0, 2}}};
  const auto model = make_model<BertModel>(config);
  CHECK(tensor_of(*model, "encoder.layer.0.attention.self.query.weight").sizes() == at::IntArrayRef{12, 12});
  CHECK(tensor_of(*model, "encoder.layer.1.attention.self.query.weight").sizes() == at::IntArrayRef{4, 12});
  CHECK(tensor_of(*model, "encoder.layer.1.attention.output.dense.weight").sizes() == at::IntArrayRef{12, 4});
}

TEST_CASE("BERT with heads masked and with these heads pruned gives the same") {
  const auto config = small_config();
  config->attn_implementation = "eager";
  const auto model = make_model<BertModel>(config);
  NamedTensors inputs = ids_of_shape({2, 6});
  const NamedTensors bare = inputs;
  at::Tensor mask = at::ones({2, 3});
  mask[0][1] = mask[1][0] = mask[1][2] = 0;
  inputs.set("head_mask", mask);
  const at::Tensor masked = (*model)(inputs).at("last_hidden_state");
  prune_heads(*model, {{0, {1}}, {-1, {2, 0}}});
  CHECK(masked.allclose((*model)(bare).at("last_hidden_state"), 1e-5, 1e-6));
}

TEST_CASE("outputs come in the order of the reference, the loss first") {
  const auto model = make_model<BertForPreTraining>();
  NamedTensors inputs = ids_of_shape({2, 4});
  inputs.set("labels", at::ones({2, 4}, at::kLong));
  inputs.set("next_sentence_label", at::ones({2}, at::kLong));
  ForwardOptions options;
  options.output_hidden_states = options.output_attentions = true;
  CHECK((*model)(inputs, options).names() ==
        std::vector<std::string>{"loss", "prediction_logits", "seq_relationship_logits", "hidden_states.0",
                                 "hidden_states.1", "hidden_states.2", "attentions.0", "attentions.1"});
}

TEST_CASE("the config decides about outputs that a caller leaves open") {
  const auto config = small_config();
  config->output_hidden_states = true;
  const auto model = make_model<BertModel>(config);
  CHECK((*model)(ids_of_shape({1, 3})).list("hidden_states").size() == 3);
}

TEST_CASE("a mask of ones changes nothing, to the bit") {
  const auto model = make_model<BertModel>();
  NamedTensors inputs = ids_of_shape({2, 6});
  const at::Tensor bare = (*model)(inputs).at("last_hidden_state");
  inputs.set("attention_mask", at::ones({2, 6}, at::kLong));
  CHECK(bare.equal((*model)(inputs).at("last_hidden_state")));
}

TEST_CASE("with relative positions a decoder's cache changes its first pass, as in the reference") {
  const auto config = small_config();
  config->is_decoder = true;
  config->position_embedding_type = "relative_key";
  config->initializer_range = 0.5;
  const auto model = make_model<BertModel>(config);
  const NamedTensors inputs = ids_of_shape({1, 6});
  ForwardOptions cached, uncached;
  uncached.use_cache = false;
  CHECK((*model)(inputs).at("last_hidden_state").equal((*model)(inputs, cached).at("last_hidden_state")));
  CHECK_FALSE((*model)(inputs, cached)
                  .at("last_hidden_state")
                  .allclose((*model)(inputs, uncached).at("last_hidden_state")));
}

TEST_CASE("gradients reach every parameter of a masked language model in train mode") {
  for (const char* attention : {"eager", "sdpa"}) {
    const auto config = small_config();
    config->attn_implementation = attention;
    const auto model = make_model<BertForMaskedLM>(config);
    model->train();
    NamedTensors inputs = ids_of_shape({2, 5});
    inputs.set("labels", at::ones({2, 5}, at::kLong));
    (*model)(inputs).at("loss").backward();
    for (const StateEntry& entry : state_dict(*model)) {
      INFO(attention << " " << entry.name);
      CHECK(entry.tensor.grad().defined());
    }
  }
}

}  // namespace
}  // namespace modelhost::plugins::bert

#include "model_faults.h"
#include "modelhost/model/input_checks.h"

namespace modelhost::testing {
namespace {

constexpr int64_t kSmallVocabulary = 61, kSmallPositions = 40;  // what small_config makes

// The size that the head had when it was built.
NamedTensors first_scores(const Call&, const NamedTensors& outputs) {
  NamedTensors cut;
  for (const auto& [name, tensor] : outputs)
    cut.set(name, name == "logits" ? tensor.slice(-1, 0, kSmallVocabulary) : tensor);
  return cut;
}

NamedTensors first_positions_only(const Call& call) {
  const at::Tensor ids = call.inputs.get("input_ids");
  if (ids.defined() && ids.size(1) > kSmallPositions)
    throw input_error("the sequence is too long", "input_ids", "40", std::to_string(ids.size(1)));
  return call.inputs;
}

void tie_whatever_the_config_says(PreTrainedModel& model, at::Tensor&) {
  model.get_output_embeddings()->tie_weight(model.get_input_embeddings()->weight());
}

// The head gets a copy when tie_weights is called again, as after a resize.
void tie_once(PreTrainedModel& model, at::Tensor& memory) {
  const bool was_called = memory.item<double>() >= 1;
  memory = memory + 1;
  nn::LinearImpl& head = *model.get_output_embeddings();
  if (was_called) head.tie_weight(head.weight().detach().clone().set_requires_grad(true));
}

void forget_outputs(std::vector<nn::AttentionHeads>& heads) {
  heads.front().outputs.clear();
}

void forget_value_when_pruned(std::vector<nn::AttentionHeads>& heads) {
  if (*heads.front().num_heads < 4) heads.front().inputs.pop_back();
}

nn::EmbeddingImpl* spare_embedding(PreTrainedModel& model) {
  auto spare = model.named_children()["spare"];
  return dynamic_cast<nn::EmbeddingImpl*>(spare.get());
}

void add_spare(PreTrainedModel& model) {
  model.register_module("spare",
                        nn::Embedding(kSmallVocabulary, model.config().to_dict()["hidden_size"]).ptr());
}

// Logits that do not come from the head: the vectors' sums, repeated.
NamedTensors scores_of_another_head(const Call& call, const NamedTensors& outputs) {
  NamedTensors others;
  for (const auto& [name, tensor] : outputs) {
    const at::Tensor weight = call.model.get_input_embeddings()->weight();
    others.set(name, name == "logits" ? weight.sum(-1).expand(tensor.sizes()) : tensor);
  }
  return others;
}

}  // namespace

std::vector<Fault> surgery_faults() {
  return {
      {"tied-weights",
       "the tied name is not declared",
       kMaskedLM,
       {.traits = [](ModelTraits& traits) { traits.tied_weights_keys.clear(); }}},
      {"untied-weights",
       "weights are tied whatever the config says",
       kMaskedLM,
       {.tied = tie_whatever_the_config_says}},
      {"resize-embeddings", "scores have the first size", kMaskedLM, {.outputs = first_scores}},
      {"resize-embeddings", "a resize unties the head", kMaskedLM, {.tied = tie_once}},
      {"resize-untied-embeddings", "scores have the first size", kMaskedLM, {.outputs = first_scores}},
      {"resize-positions", "new positions are refused", kBackbone, {.inputs = first_positions_only}},
      {"set-input-embeddings",
       "get_input_embeddings() is an embedding that nobody uses",
       kBackbone,
       {.built = add_spare, .input_embeddings = spare_embedding}},
      {"set-output-embeddings",
       "scores come from another head",
       kMaskedLM,
       {.outputs = scores_of_another_head}},
      {"prune-heads", "the projection behind the heads is not told", kBackbone, {.heads = forget_outputs}},
      {"prune-one-by-one",
       "a projection is not told once heads are gone",
       kBackbone,
       {.heads = forget_value_when_pruned}},
  };
}

}  // namespace modelhost::testing

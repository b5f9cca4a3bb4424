// What is returned on request: hidden states and attentions.
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/rand_like.h>

#include "case_groups.h"
#include "modelhost/model/input_checks.h"

namespace modelhost::testing {
namespace {

ForwardOptions asking_for_all() {
  ForwardOptions options;
  options.output_hidden_states = true;
  options.output_attentions = true;
  return options;
}

// Without the tensors of the lists.
NamedTensors without_lists(const NamedTensors& outputs) {
  NamedTensors rest;
  for (const auto& [name, tensor] : outputs) {
    if (name.find('.') == std::string::npos) rest.set(name, tensor);
  }
  return rest;
}

// Outputs with the list `name`, which must hold one tensor a layer and `more`. Skips the case without it.
NamedTensors outputs_with(PreTrainedModel& model, const NamedTensors& inputs, const std::string& name,
                          int64_t more) {
  ForwardOptions options;
  options.output_hidden_states = name == "hidden_states";
  options.output_attentions = name == "attentions";
  NamedTensors outputs = run(model, inputs, options);
  const int64_t count = std::ssize(outputs.list(name));
  if (count == 0) skip_case("the class gives no " + name);
  const auto layers = size_of(model.config(), "num_hidden_layers");
  const int64_t wanted = layers.value_or(count - more) + more;
  require(count == wanted, std::to_string(count) + " " + name + ", expected " + std::to_string(wanted));
  require_close(run(model, inputs), without_lists(outputs), "outputs beside the " + name);
  return outputs;
}

void hidden_states(const ModelFixture& fixture) {
  const auto model = fixture.model();
  const auto states =
      outputs_with(*model, fixture.inputs(*model), "hidden_states", /*more=*/1).list("hidden_states");
  for (const at::Tensor& state : states) {
    require(state.dim() == 3 && state.sizes() == states.front().sizes(),
            "hidden states of the shapes " + shape_text_of(states.front().sizes()) + " and " +
                shape_text_of(state.sizes()));
  }
}

void attentions(const ModelFixture& fixture) {
  const auto model = fixture.eager_model();
  const NamedTensors inputs = fixture.inputs(*model);
  const auto heads = size_of(model->config(), "num_attention_heads");
  const bool knows_length = inputs.contains("input_ids");
  for (const at::Tensor& one : outputs_with(*model, inputs, "attentions", /*more=*/0).list("attentions")) {
    require(one.dim() == 4 && (!heads || one.size(1) == *heads) && one.size(2) == one.size(3) &&
                (!knows_length || one.size(2) == kLength),
            "attentions of the shape " + shape_text_of(one.sizes()));  // [B, H, S, S]
    require_close(at::ones_like(one.sum(-1)), one.sum(-1), "sums of attention over the keys");
  }
}

void config_asks(const ModelFixture& fixture) {
  const auto model = fixture.eager_model();
  const NamedTensors inputs = fixture.inputs(*model);
  const NamedTensors wanted = run(*model, inputs, asking_for_all());
  const auto other = fixture.eager_model({{"output_hidden_states", true}, {"output_attentions", true}});
  require_close(wanted, run(*other, inputs), "outputs that the config asks for");
}

// The last hidden state is left out: some heads work on what stands before it.
void retained_gradients(const ModelFixture& fixture) {
  const auto model = fixture.eager_model();
  const NamedTensors outputs = (*model)(fixture.inputs(*model), asking_for_all());
  std::vector<at::Tensor> inner = outputs.list("hidden_states");
  if (!inner.empty()) inner.pop_back();
  for (const at::Tensor& one : outputs.list("attentions")) inner.push_back(one);
  if (inner.empty()) skip_case("the class gives no hidden_states and no attentions");
  for (const at::Tensor& one : inner) {
    require(one.requires_grad(), "a hidden state or attention is cut off from its gradient");
    one.retain_grad();
  }
  const at::Tensor& result = outputs.begin()->second;
  (result * at::rand_like(result)).sum().backward();
  for (const at::Tensor& one : inner) {
    require(one.grad().defined() && one.grad().abs().sum().item<double>() > 0,
            "no gradient of " + outputs.begin()->first +
                " reaches a hidden state or attention of the shape " + shape_text_of(one.sizes()) +
                ": it is a copy");
  }
}

}  // namespace

std::vector<ModelCheck> output_checks() {
  return {
      {"hidden-states", "hidden states are one a layer and the last, all of one shape", hidden_states},
      {"attentions", "attentions are one a layer, and sum to one over the keys", attentions},
      {"retained-gradients", "gradients of a result reach the hidden states and attentions that come with it",
       retained_gradients},
      {"config-asks-for-outputs", "the config can ask for them as the caller can", config_asks},
  };
}

}  // namespace modelhost::testing

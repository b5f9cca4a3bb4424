// What is returned on request: hidden states and attentions.
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>

#include <optional>

#include "case_groups.h"
#include "modelhost/model/input_checks.h"

namespace modelhost::testing {
namespace {

// A size that the config has under this name or an alias; nullopt where it has none.
std::optional<int64_t> size_of(const PretrainedConfig& config, const std::string& name) {
  const Json fields = config.to_dict();
  std::string field = name;
  for (const auto& [alias, own] : config.attribute_map()) {
    if (alias == name) field = own;
  }
  const auto value = fields.find(field);
  if (value == fields.end() || !value->is_number_integer()) return std::nullopt;
  return value->get<int64_t>();
}

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

void hidden_states(const ModelFixture& fixture) {
  const auto model = fixture.model();
  const NamedTensors inputs = fixture.inputs(*model);
  ForwardOptions options;
  options.output_hidden_states = true;
  const NamedTensors outputs = run(*model, inputs, options);
  const auto states = outputs.list("hidden_states");
  if (states.empty()) skip_case("the class gives no hidden_states");
  const auto layers = size_of(model->config(), "num_hidden_layers");
  require(!layers || std::ssize(states) == *layers + 1,
          std::to_string(states.size()) + " hidden states; expected one a layer and the last output");
  for (const at::Tensor& state : states) {
    require(state.dim() == 3 && state.sizes() == states.front().sizes(),
            "hidden states of the shapes " + shape_text_of(states.front().sizes()) + " and " +
                shape_text_of(state.sizes()));
  }
  require_close(run(*model, inputs), without_lists(outputs), "outputs beside the hidden states");
}

void attentions(const ModelFixture& fixture) {
  const auto model = fixture.eager_model();
  const NamedTensors inputs = fixture.inputs(*model);
  ForwardOptions options;
  options.output_attentions = true;
  const NamedTensors outputs = run(*model, inputs, options);
  const auto weights = outputs.list("attentions");
  if (weights.empty()) skip_case("the class gives no attentions");
  const auto layers = size_of(model->config(), "num_hidden_layers");
  const auto heads = size_of(model->config(), "num_attention_heads");
  require(!layers || std::ssize(weights) == *layers,
          "expected one attention a layer, got " + std::to_string(weights.size()));
  for (const at::Tensor& one : weights) {  // [B, H, S, S]
    require(one.dim() == 4 && (!heads || one.size(1) == *heads) && one.size(2) == kLength &&
                one.size(3) == kLength,
            "attentions of the shape " + shape_text_of(one.sizes()));
    require_close(at::ones_like(one.sum(-1)), one.sum(-1), "sums of attention over the keys");
  }
  require_close(run(*model, inputs), without_lists(outputs), "outputs beside the attentions");
}

void config_asks(const ModelFixture& fixture) {
  const auto model = fixture.eager_model();
  const NamedTensors inputs = fixture.inputs(*model);
  const NamedTensors wanted = run(*model, inputs, asking_for_all());
  const auto other = fixture.eager_model({{"output_hidden_states", true}, {"output_attentions", true}});
  require_close(wanted, run(*other, inputs), "outputs that the config asks for");
}

}  // namespace

std::vector<ModelCheck> output_checks() {
  return {
      {"hidden-states", "hidden states are one a layer and the last, all of one shape", hidden_states},
      {"attentions", "attentions are one a layer, and sum to one over the keys", attentions},
      {"config-asks-for-outputs", "the config can ask for them as the caller can", config_asks},
  };
}

}  // namespace modelhost::testing

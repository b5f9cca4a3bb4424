#include <ATen/TensorOperators.h>
#include <ATen/ops/randn_like.h>

#include <mutex>
#include <set>
#include <thread>

#include "model_faults.h"
#include "modelhost/model/training.h"

namespace modelhost::testing {
namespace {

constexpr int64_t kSampleRows = 3;  // of the kit's inputs

using Outputs = std::function<NamedTensors(const Call& call, const NamedTensors& outputs)>;

Alteration without(const std::string& input) {
  return {.inputs = [input](const Call& call) {
    NamedTensors rest;
    for (const auto& [name, tensor] : call.inputs) {
      if (name != input) rest.set(name, tensor);
    }
    return rest;
  }};
}

// Every floating output is changed where `when` holds.
Alteration change_outputs(std::function<at::Tensor(const Call& call, const at::Tensor& output)> change,
                          std::function<bool(const Call& call, const std::string& output)> when = {}) {
  return {.outputs = [change, when](const Call& call, const NamedTensors& outputs) {
    NamedTensors changed;
    for (const auto& [name, tensor] : outputs)
      changed.set(name, !when || when(call, name) ? change(call, tensor) : tensor);
    return changed;
  }};
}

at::Tensor twice(const Call&, const at::Tensor& output) {
  return output * 2;
}
at::Tensor cut_off(const Call&, const at::Tensor& output) {
  return output.detach();
}
at::Tensor with_noise(const Call&, const at::Tensor& output) {
  return output + at::randn_like(output);
}
at::Tensor with_mean_of_rows(const Call&, const at::Tensor& output) {
  return output + output.mean(0, /*keepdim=*/true);
}
at::Tensor slightly_more(const Call&, const at::Tensor& output) {
  return output * (1 + 5e-5);
}
at::Tensor of_the_embedding_alone(const Call& call, const at::Tensor& output) {
  return output.detach() + call.model.get_input_embeddings()->weight().sum();
}
at::Tensor with_count_of_calls(const Call& call, const at::Tensor& output) {
  call.memory = call.memory + 1;
  return output + call.memory;
}

std::function<bool(const Call&, const std::string&)> of_list(const std::string& list) {
  return [list](const Call&, const std::string& output) { return output.starts_with(list + "."); };
}
std::function<bool(const Call&, const std::string&)> with_input(const std::string& input) {
  return [input](const Call& call, const std::string&) { return call.inputs.contains(input); };
}
bool in_chunks(const Call& call, const std::string&) {
  return call.model.config().chunk_size_feed_forward > 0;
}
bool checkpointing(const Call& call, const std::string&) {
  return call.model.is_training() && is_gradient_checkpointing(call.model);
}
bool is_fused(const Call& call, const std::string& = {}) {
  return call.model.config().attn_implementation == "sdpa";
}
bool checkpointing_fused(const Call& call, const std::string& output) {
  return checkpointing(call, output) && is_fused(call);
}
bool checkpointing_eager(const Call& call, const std::string& output) {
  return checkpointing(call, output) && !is_fused(call);
}
bool masked_attentions(const Call& call, const std::string& output) {
  return call.inputs.contains("head_mask") && output.starts_with("attentions.");
}
bool loss(const Call&, const std::string& output) {
  return output == "loss";
}

NamedTensors without_last_state(const Call& call, const NamedTensors& outputs) {
  const auto last = "hidden_states." + std::to_string(call.model.attention_heads().size());
  NamedTensors rest;
  for (const auto& [name, tensor] : outputs) {
    if (name != last) rest.set(name, tensor);
  }
  return rest;
}

NamedTensors lists_for_callers_only(const Call& call, const NamedTensors& outputs) {
  NamedTensors rest;
  for (const auto& [name, tensor] : outputs) {
    if (call.options.output_attentions || !name.starts_with("attentions.")) rest.set(name, tensor);
  }
  return rest;
}

NamedTensors no_loss_of_numbers(const Call& call, const NamedTensors& outputs) {
  NamedTensors rest;
  for (const auto& [name, tensor] : outputs) {
    if (name != "loss" || call.model.config().problem_type != "regression") rest.set(name, tensor);
  }
  return rest;
}

// An input is kept in the model, and the next call gets it if another thread makes that call.
NamedTensors keep_inputs_in_model(const Call& call) {
  static std::mutex mutex;
  static std::thread::id last_caller;
  const std::scoped_lock lock(mutex);
  const bool kept_by_other = call.memory.dim() > 0 && last_caller != std::this_thread::get_id();
  NamedTensors inputs = call.inputs;
  if (kept_by_other) inputs.set("input_ids", call.memory);
  call.memory = call.inputs.at("input_ids");
  last_caller = std::this_thread::get_id();
  return inputs;
}

NamedTensors wrap_ids(const Call& call) {
  NamedTensors inputs = call.inputs;
  const int64_t rows = call.model.get_input_embeddings()->num_embeddings();
  if (inputs.contains("input_ids")) inputs.set("input_ids", inputs.at("input_ids").remainder(rows));
  return inputs;
}

NamedTensors forget_tokens(const Call& call) {
  if (call.options.past_key_values) call.options.past_key_values->reset();
  return call.inputs;
}

// A batch of one text is taken for as many as the cache has.
NamedTensors repeat_rows(const Call& call) {
  NamedTensors inputs = call.inputs;
  const bool goes_on = call.options.past_key_values && call.options.past_key_values->length() > 0;
  if (goes_on && inputs.at("input_ids").size(0) == 1)
    inputs.set("input_ids", inputs.at("input_ids").expand({kSampleRows, -1}));
  return inputs;
}

void add_unused(PreTrainedModel& model) {
  model.register_parameter("unused", nn::make_placeholder({3}, at::kFloat));
}

}  // namespace

std::vector<Fault> forward_faults() {
  return {
      {"initialises-everything", "a parameter has no rule", kBackbone, {.built = add_unused}},
      {"deterministic", "results have noise", kBackbone, change_outputs(with_noise)},
      {"deterministic", "calls are counted in the results", kBackbone, change_outputs(with_count_of_calls)},
      {"batching-equivalence", "rows meet", kBackbone, change_outputs(with_mean_of_rows)},
      {"padding-invariance", "the attention mask is not used", kBackbone, without("attention_mask")},
      {"left-padding-invariance", "position_ids are not used", kMaskedLM, without("position_ids")},
      {"inputs-embeds", "vectors count twice", kBackbone, change_outputs(twice, with_input("inputs_embeds"))},
      {"feed-forward-chunking", "chunks count twice", kBackbone, change_outputs(twice, in_chunks)},
      {"two-threads", "an input is kept in the model", kBackbone, {.inputs = keep_inputs_in_model}},
      {"refuses-unknown-ids", "ids begin again behind the last one", kBackbone, {.inputs = wrap_ids}},
      {"cached-steps", "a cache is emptied before each step", kCausalLM, {.inputs = forget_tokens}},
      {"cache-after-error", "one row is repeated for all of a cache", kCausalLM, {.inputs = repeat_rows}},
      {"head-mask", "the head mask is not used", kBackbone, without("head_mask")},
      {"pruned-equals-masked", "the head mask is not used", kBackbone, without("head_mask")},
      {"masked-attentions", "attentions have something more", kBackbone,
       change_outputs(with_noise, masked_attentions)},
      {"hidden-states", "the last state is missing", kBackbone, {.outputs = without_last_state}},
      {"hidden-states", "states change with a second look", kBackbone,
       change_outputs(twice,
                      [](const Call& call, const std::string& output) {
                        return call.options.output_hidden_states.value_or(false) &&
                               output == "last_hidden_state";
                      })},
      {"attentions", "attentions sum to two", kBackbone, change_outputs(twice, of_list("attentions"))},
      {"retained-gradients", "hidden states are copies", kBackbone,
       change_outputs(cut_off, of_list("hidden_states"))},
      {"retained-gradients", "attentions are copies", kMaskedLM,
       change_outputs([](const Call&, const at::Tensor& output) { return output.clone(); },
                      of_list("attentions"))},
      {"config-asks-for-outputs", "the config is not asked", kBackbone, {.outputs = lists_for_callers_only}},
      {"gradients-reach-every-parameter", "a parameter has no use", kBackbone, {.built = add_unused}},
      {"gradients-reach-every-parameter", "fused attention lets no gradient through", kBackbone,
       change_outputs(of_the_embedding_alone, is_fused)},
      {"loss-with-labels", "the loss has no gradient", kMaskedLM, change_outputs(cut_off, loss)},
      {"problem-types", "there is no loss of numbers", kClassifier, {.outputs = no_loss_of_numbers}},
      {"gradient-checkpointing", "layers count twice when they are computed twice", kBackbone,
       change_outputs(twice, checkpointing)},
      {"gradient-checkpointing", "fused layers count twice when they are computed twice", kBackbone,
       change_outputs(twice, checkpointing_fused)},
      {"gradient-checkpointing", "eager layers count a little more when they are computed twice", kBackbone,
       change_outputs(slightly_more, checkpointing_eager)},
      {"golden-parity", "results are twice what they should be", kBackbone, change_outputs(twice)},
      {"golden-parity-fused", "fused attention gives twice what it should", kBackbone,
       change_outputs(twice, is_fused)},
  };
}

std::vector<Fault> all_faults() {
  std::vector<Fault> faults;
  for (auto& group : {config_faults(), file_faults(), surgery_faults(), forward_faults()})
    faults.insert(faults.end(), group.begin(), group.end());
  return faults;
}

}  // namespace modelhost::testing

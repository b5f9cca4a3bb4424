#include "modelhost/testing/small_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/Utils.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn_like.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <unordered_set>

#include "modelhost/base/error_codes.h"
#include "modelhost/model/state_dict.h"

namespace modelhost::testing {
namespace {

constexpr uint64_t kSeed = 20260101;
constexpr int64_t kVocabulary = 61, kPadding = 1, kEnd = 2, kBegin = 3, kOther = 4, kChoices = 2;

struct Size {
  const char* name;
  int64_t value;
};

// The names that transformers' configs have for what decides how large a model is.
constexpr Size kSizes[] = {
    {"hidden_size", 16},
    {"n_embd", 16},
    {"d_model", 16},
    {"dim", 16},
    {"embed_dim", 16},
    {"embedding_size", 16},
    {"word_embed_proj_dim", 16},
    {"num_hidden_layers", 2},
    {"n_layer", 2},
    {"n_layers", 2},
    {"num_layers", 2},
    {"encoder_layers", 2},
    {"decoder_layers", 2},
    {"num_attention_heads", 4},
    {"n_head", 4},
    {"n_heads", 4},
    {"num_heads", 4},
    {"encoder_attention_heads", 4},
    {"decoder_attention_heads", 4},
    {"num_key_value_heads", 2},
    {"head_dim", 4},
    {"intermediate_size", 24},
    {"n_inner", 24},
    {"hidden_dim", 24},
    {"ffn_dim", 24},
    {"d_ff", 24},
    {"encoder_ffn_dim", 24},
    {"decoder_ffn_dim", 24},
    {"vocab_size", kVocabulary},
    {"max_position_embeddings", 40},
    {"n_positions", 40},
    {"n_ctx", 40},
    {"image_size", 32},
    {"patch_size", 8},
};

// A size that is null follows from others.
void shrink(PretrainedConfig& config) {
  const Json fields = config.to_dict();
  const auto aliases = config.attribute_map();
  for (const auto& [name, value] : kSizes) {
    const auto alias = std::ranges::find(aliases, name, &std::pair<std::string, std::string>::first);
    const auto field = fields.find(alias == aliases.end() ? name : alias->second);
    if (field != fields.end() && field->is_number_integer()) config.set(name, value);
  }
}

void set_token_ids(PretrainedConfig& config) {
  const auto outside = [](const Json& id) { return id.is_array() || (id.is_number() && id >= kVocabulary); };
  if (config.pad_token_id.value_or(kVocabulary) >= kVocabulary) config.pad_token_id = kPadding;
  if (outside(config.eos_token_id)) config.eos_token_id = kEnd;
  if (config.bos_token_id.value_or(0) >= kVocabulary) config.bos_token_id = kBegin;
  for (auto* id : {&config.sep_token_id, &config.decoder_start_token_id}) {
    if (id->value_or(0) >= kVocabulary) *id = kOther;
  }
}

// Does the model take these shapes?
bool runs(PreTrainedModel& model, const NamedTensors& inputs) {
  const at::NoGradGuard no_grad;
  try {
    model(inputs);
    return true;
  } catch (const Error& error) {
    if (error.code() != codes::kModelInput.id) throw;
    return false;
  }
}

NamedTensors inputs_of_shape(PreTrainedModel& model, const std::vector<int64_t>& shape) {
  const auto names = model.input_names();
  const auto takes = [&](const char* name) { return std::ranges::find(names, name) != names.end(); };
  const nn::EmbeddingImpl* embedding = model.get_input_embeddings();
  const int64_t rows = embedding ? embedding->num_embeddings() : kVocabulary;
  const int64_t padding = model.config().get_text_config().pad_token_id.value_or(-1);
  at::manual_seed(kSeed);
  at::Tensor ids = at::randint(rows, shape, at::kLong);
  ids = at::where(ids == padding, at::full({}, (padding + 1) % rows, at::kLong), ids);
  NamedTensors inputs{{"input_ids", ids}};
  if (takes("attention_mask")) inputs.set("attention_mask", at::ones_like(ids));
  if (takes("decoder_input_ids")) inputs.set("decoder_input_ids", ids.clone());
  if (takes("mc_token_ids")) inputs.set("mc_token_ids", at::full_like(ids.select(-1, 0), shape.back() - 1));
  return inputs;
}

// As many rows as `batch` of what the class says it takes, the main input's numbers random.
NamedTensors inputs_like(const NamedTensors& dummy, const std::string& main_input, int64_t batch) {
  if (!dummy.contains(main_input)) return {};
  at::manual_seed(kSeed);
  NamedTensors inputs;
  for (const auto& [name, tensor] : dummy) {
    if (tensor.dim() == 0) {
      inputs.set(name, tensor);
      continue;
    }
    std::vector<int64_t> shape = tensor.sizes().vec();
    shape.front() = batch;
    const at::Tensor rows = tensor.slice(0, 0, 1).expand(shape).contiguous();
    inputs.set(name, name == main_input && rows.is_floating_point() ? at::randn_like(rows) : rows);
  }
  return inputs;
}

}  // namespace

std::shared_ptr<PretrainedConfig> small_config(const ModelSpec& spec, const Json& overrides) {
  auto config = spec.make_config();
  shrink(*config);
  set_token_ids(*config);
  try {
    for (const auto& [name, value] : overrides.items()) config->set(name, value);
    config->validate("the small config of the conformance kit");
  } catch (const Error& error) {
    throw Error(error).fix("state values that fit together in conformance.json, beside the manifest");
  }
  return config;
}

std::shared_ptr<PreTrainedModel> random_model(const ModelSpec& spec,
                                              std::shared_ptr<PretrainedConfig> config) {
  constexpr double kNoise = 0.2;
  const at::NoGradGuard no_grad;
  at::manual_seed(kSeed);
  auto model = spec.make_model(std::move(config));
  model->init_weights();
  std::unordered_set<const c10::TensorImpl*> seen;
  for (const StateEntry& entry : state_dict(*model)) {
    const bool is_new = seen.insert(entry.tensor.unsafeGetTensorImpl()).second;
    if (is_new && !entry.is_buffer && entry.tensor.is_floating_point())
      entry.tensor.data().add_(at::randn_like(entry.tensor), kNoise);
  }
  model->eval();
  return model;
}

NamedTensors sample_inputs(PreTrainedModel& model, int64_t batch, int64_t length) {
  const std::string& main_input = model.traits().main_input_name;
  if (main_input != "input_ids") return inputs_like(model.dummy_inputs(), main_input, batch);
  NamedTensors inputs = inputs_of_shape(model, {batch, length});
  return runs(model, inputs) ? inputs : inputs_of_shape(model, {batch, kChoices, length});
}

}  // namespace modelhost::testing

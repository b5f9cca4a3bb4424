#include "modelhost/model/pretrained_model.h"

#include <ATen/core/grad_mode.h>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "modelhost/model/input_checks.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/nn/conv1d.h"
#include "modelhost/nn/layer_norm.h"
#include "vector_math.h"

namespace modelhost {
namespace {

constexpr double kDefaultInitializerRange = 0.02;

double initializer_range(const PretrainedConfig& config) {
  const Json fields = config.to_dict();
  const auto it = fields.find("initializer_range");
  return it != fields.end() && it->is_number() ? it->get<double>() : kDefaultInitializerRange;
}

// The message without LibTorch's C++ stack.
std::string short_text(const c10::Error& error) {
  return error.what_without_backtrace();
}

}  // namespace

PreTrainedModel::PreTrainedModel(std::shared_ptr<PretrainedConfig> config) : config_(std::move(config)) {
  if (!config_) throw Error(codes::kModelBuild, "a model needs a config");
  prepare_vector_math();
}

PreTrainedModel::~PreTrainedModel() = default;

void PreTrainedModel::set_traits(ModelTraits traits) {
  traits_ = std::move(traits);
  if (traits_.can_generate && !generation_config_)
    generation_config_ = GenerationConfig::from_model_config(*config_);
}

NamedTensors PreTrainedModel::operator()(const NamedTensors& inputs, const ForwardOptions& options) {
  check_known_inputs(inputs);
  const nn::MemoryHook hook(*this);
  try {
    return forward(inputs, options);
  } catch (const c10::Error& error) {
    throw Error(codes::kModelForward, traits_.architecture + " failed while running: " + short_text(error))
        .fix("check the shapes and dtypes of the inputs");
  }
}

void PreTrainedModel::check_known_inputs(const NamedTensors& inputs) const {
  const std::vector<std::string> known = input_names();
  for (const auto& [name, tensor] : inputs) {
    if (name == traits_.main_input_name && tensor.dim() >= 2 && tensor.size(1) == 0) {
      throw input_error("an input has no positions", name, "a sequence of one or more",
                        "shape " + shape_text_of(tensor.sizes()));
    }
    if (std::ranges::find(known, name) != known.end()) continue;
    Error error(codes::kModelInput, traits_.architecture + " takes no input of that name");
    error.key(name).expected(join(known, ", "));
    if (const std::string near = nearest_name(name, known); !near.empty())
      error.fix("did you mean " + near + "?");
    throw error;
  }
}

void PreTrainedModel::init_module_weights(torch::nn::Module& module) {
  const at::NoGradGuard no_grad;
  const double std_dev = initializer_range(*config_);
  if (auto* linear = dynamic_cast<nn::LinearImpl*>(&module)) {
    linear->weight().data().normal_(0, std_dev);
    if (linear->bias().defined()) linear->bias().data().zero_();
  } else if (auto* conv = dynamic_cast<nn::Conv1DImpl*>(&module)) {
    conv->weight().data().normal_(0, std_dev);
    conv->bias().data().zero_();
  } else if (auto* embedding = dynamic_cast<nn::EmbeddingImpl*>(&module)) {
    embedding->weight().data().normal_(0, std_dev);
    if (embedding->padding_idx()) embedding->weight().data()[*embedding->padding_idx()].zero_();
  } else if (auto* norm = dynamic_cast<nn::LayerNormImpl*>(&module)) {
    norm->weight().data().fill_(1);
    norm->bias().data().zero_();
  }
}

nn::EmbeddingImpl* PreTrainedModel::get_input_embeddings() {
  PreTrainedModel& base = base_model();
  return &base == this ? nullptr : base.get_input_embeddings();
}

nn::EmbeddingImpl* PreTrainedModel::get_position_embeddings() {
  PreTrainedModel& base = base_model();
  return &base == this ? nullptr : base.get_position_embeddings();
}

std::vector<nn::AttentionHeads> PreTrainedModel::attention_heads() {
  PreTrainedModel& base = base_model();
  return &base == this ? std::vector<nn::AttentionHeads>() : base.attention_heads();
}

void PreTrainedModel::tie_weights() {
  if (!config_->get_text_config().tie_word_embeddings) return;
  nn::LinearImpl* output = get_output_embeddings();
  nn::EmbeddingImpl* input = get_input_embeddings();
  if (output && input) output->tie_weight(input->weight());
}

void PreTrainedModel::init_weights() {
  for (StateEntry& entry : state_dict(*this)) nn::materialize(entry.tensor);
  const auto all = modules(/*include_self=*/false);
  init_module_weights(*this);
  // Backwards, so that of tied weights the first owner's rule has the last word (the token embedding's, not
  // the head's).
  for (auto module = all.rbegin(); module != all.rend(); ++module) init_module_weights(**module);
}

PreTrainedModel& PreTrainedModel::base_model() {
  if (traits_.base_model_prefix.empty()) return *this;
  const auto children = named_children();
  const auto* child = children.find(traits_.base_model_prefix);
  auto* base = child ? dynamic_cast<PreTrainedModel*>(child->get()) : nullptr;
  return base ? *base : *this;
}

c10::ScalarType PreTrainedModel::dtype() const {
  for (const auto& parameter : parameters()) {
    if (parameter.is_floating_point()) return parameter.scalar_type();
  }
  return at::kFloat;
}

c10::Device PreTrainedModel::device() const {
  const auto all = parameters();
  return all.empty() ? c10::Device(at::kCPU) : all.front().device();
}

bool PreTrainedModel::wants_hidden_states(const ForwardOptions& options) const {
  return options.output_hidden_states.value_or(config_->output_hidden_states);
}

bool PreTrainedModel::wants_attentions(const ForwardOptions& options) const {
  return options.output_attentions.value_or(config_->output_attentions);
}

}  // namespace modelhost

#include "modelhost/model/pretrained_model.h"

#include "modelhost/base/error_codes.h"
#include "modelhost/base/log.h"
#include "modelhost/base/text.h"
#include "modelhost/model/input_checks.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/nn/convolution.h"
#include "modelhost/nn/layer_norm.h"
#include "modelhost/nn/transformer_layer.h"
#include "vector_math.h"

namespace modelhost {
namespace {

constexpr double kDefaultInitializerRange = 0.02;

double initializer_range(const PretrainedConfig& config) {
  const Json fields = config.to_dict();
  const auto it = fields.find("initializer_range");
  return it != fields.end() && it->is_number() ? it->get<double>() : kDefaultInitializerRange;
}

// Takes out of a cache what a forward put there that failed.
class CacheGuard {
 public:
  explicit CacheGuard(nn::Cache* cache) : cache_(cache), length_(cache ? cache->length() : 0) {}
  CacheGuard(const CacheGuard&) = delete;
  CacheGuard& operator=(const CacheGuard&) = delete;
  ~CacheGuard() {
    if (cache_) length_ == 0 ? cache_->reset() : cache_->crop(length_);
  }
  void keep() { cache_ = nullptr; }

 private:
  nn::Cache* cache_;
  int64_t length_;
};

// The message without LibTorch's C++ stack.
std::string short_text(const c10::Error& error) {
  return error.what_without_backtrace();
}

// A copy only of what stands elsewhere.
NamedTensors on_device(const NamedTensors& inputs, c10::Device device) {
  NamedTensors moved;
  for (const auto& [name, tensor] : inputs) {
    if (tensor.defined()) moved.set(name, tensor.to(device));
  }
  return moved;
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
  CacheGuard cache(options.past_key_values);
  try {
    NamedTensors outputs = forward(on_device(inputs, device()), options);
    cache.keep();
    return outputs;
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

nn::Init PreTrainedModel::weight_init() const {
  return nn::Init::normal(initializer_range(*config_));
}

void PreTrainedModel::init_module_weights(torch::nn::Module& module) {
  const nn::Init zeros = nn::Init::zeros();
  if (auto* projection = dynamic_cast<nn::Projection*>(&module)) {
    weight_init().fill(projection->weight());
    if (projection->bias().defined()) zeros.fill(projection->bias());
  } else if (auto* convolution = dynamic_cast<nn::Convolution*>(&module)) {
    weight_init().fill(convolution->weight());
    if (convolution->bias().defined()) zeros.fill(convolution->bias());
  } else if (auto* embedding = dynamic_cast<nn::EmbeddingImpl*>(&module)) {
    weight_init().fill(embedding->weight());
    if (embedding->padding_idx()) zeros.fill(embedding->weight()[*embedding->padding_idx()]);
  } else if (auto* norm = dynamic_cast<nn::LayerNormImpl*>(&module)) {
    nn::Init::ones().fill(norm->weight());
    zeros.fill(norm->bias());
  }
  if (auto* own = dynamic_cast<nn::Module*>(&module)) {
    for (const auto& [name, init] : own->inits()) {
      if (const at::Tensor* parameter = own->named_parameters(/*recurse=*/false).find(name))
        init.fill(*parameter);
    }
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
  if (&base != this) return base.attention_heads();
  nn::LayerStackImpl* only = nullptr;
  for (const auto& module : modules(/*include_self=*/false)) {
    auto* stack = dynamic_cast<nn::LayerStackImpl*>(module.get());
    if (stack && only) return {};
    if (stack) only = stack;
  }
  return only ? only->heads() : std::vector<nn::AttentionHeads>();
}

void PreTrainedModel::tie_weights() {
  if (config_->get_text_config().tie_word_embeddings) {
    nn::LinearImpl* output = get_output_embeddings();
    nn::EmbeddingImpl* input = get_input_embeddings();
    if (output && input) output->tie_weight(input->weight());
  }
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* own = dynamic_cast<nn::Module*>(module.get())) own->tie_own_weights();
  }
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

void PreTrainedModel::warn_once(const std::string& message) const {
  {
    const std::lock_guard lock(warnings_mutex_);
    if (!warnings_.insert(message).second) return;
  }
  const std::string name(traits_.architecture.empty() ? config_->type()
                                                      : traits_.architecture);  // in constructors
  log(LogLevel::kWarning, name + ": " + message);
}

bool PreTrainedModel::wants_hidden_states(const ForwardOptions& options) const {
  return options.output_hidden_states.value_or(config_->output_hidden_states);
}

bool PreTrainedModel::wants_attentions(const ForwardOptions& options) const {
  return options.output_attentions.value_or(config_->output_attentions);
}

}  // namespace modelhost

#include "gpt2_config.h"

#include "modelhost/base/error_codes.h"
#include "modelhost/nn/activation.h"

namespace modelhost::plugins::gpt2 {
namespace {

constexpr int64_t kEndOfText = 50256;

Error inconsistent(const std::string& file, std::string key, std::string expected, std::string got) {
  return Error(codes::kConfigInconsistent, "config values contradict each other")
      .file(file)
      .key(std::move(key))
      .expected(std::move(expected))
      .got(std::move(got));
}

void check_heads(const GPT2Config& config, const std::string& file) {
  if (config.n_embd % config.n_head == 0) return;
  throw inconsistent(file, "n_embd", "a multiple of n_head = " + std::to_string(config.n_head),
                     std::to_string(config.n_embd));
}

void check_activation(const GPT2Config& config, const std::string& file) {
  try {
    nn::activation(config.activation_function);
  } catch (const Error& error) {
    throw Error(error).file(file).key("activation_function");
  }
}

// A probability among the keys that are no fields; unset where it is absent or null.
std::optional<double> extra_probability(const GPT2Config& config, const char* name,
                                        const std::string& file = {}) {
  std::optional<double> value;
  auto reader = ConfigFields::reader(config.extra, file);
  reader(name, value, limits::kProbability);
  return value;
}

}  // namespace

GPT2Config::GPT2Config() {
  bos_token_id = kEndOfText;
  eos_token_id = kEndOfText;
}

std::vector<std::pair<std::string, std::string>> GPT2Config::attribute_map() const {
  return {{"hidden_size", "n_embd"},
          {"max_position_embeddings", "n_positions"},
          {"num_attention_heads", "n_head"},
          {"num_hidden_layers", "n_layer"}};
}

void GPT2Config::fields(ConfigFields& f) {
  PretrainedConfig::fields(f);
  f("vocab_size", vocab_size, limits::kVocabulary);
  f("n_positions", n_positions, limits::kPositions);
  f("n_embd", n_embd, limits::kWidth);
  f("n_layer", n_layer, limits::kLayers);
  f("n_head", n_head, limits::kHeads);
  f("n_inner", n_inner, limits::kWidth);
  f("activation_function", activation_function);
  f("resid_pdrop", resid_pdrop, limits::kProbability);
  f("embd_pdrop", embd_pdrop, limits::kProbability);
  f("attn_pdrop", attn_pdrop, limits::kProbability);
  f("layer_norm_epsilon", layer_norm_epsilon, limits::kNonNegative);
  f("initializer_range", initializer_range, limits::kNonNegative);
  f("summary_type", summary_type, {"last", "first", "mean", "cls_index", "attn"});
  f("summary_use_proj", summary_use_proj);
  f("summary_activation", summary_activation);
  f("summary_proj_to_labels", summary_proj_to_labels);
  f("summary_first_dropout", summary_first_dropout, limits::kProbability);
  f("scale_attn_weights", scale_attn_weights);
  f("use_cache", use_cache);
  f("scale_attn_by_inverse_layer_idx", scale_attn_by_inverse_layer_idx);
  f("reorder_and_upcast_attn", reorder_and_upcast_attn);
}

void GPT2Config::validate(const std::string& file) const {
  check_heads(*this, file);
  check_activation(*this, file);
  for (const char* name : {"classifier_dropout", "hidden_dropout", "summary_last_dropout"})
    extra_probability(*this, name, file);
}

double GPT2Config::token_classifier_dropout() const {
  constexpr double kDefault = 0.1;
  if (const auto own = extra_probability(*this, "classifier_dropout")) return *own;
  return extra_probability(*this, "hidden_dropout").value_or(kDefault);
}

double GPT2Config::summary_last_dropout() const {
  return extra_probability(*this, "summary_last_dropout").value_or(0.0);
}

}  // namespace modelhost::plugins::gpt2

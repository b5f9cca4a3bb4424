#include "modelhost/host/tasks/sentence_embedder.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <limits>

#include "batching.h"
#include "lower_case.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/host/tasks/new_weights.h"
#include "modelhost/tokenizers/error_codes.h"
#include "pooling.h"

namespace modelhost::host {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

// sentence-transformers: its own setting, else the smaller of what model and tokenizer can take.
int64_t max_length(const SentenceConfig& config, const PretrainedConfig& model, const Tokenizer& tokenizer) {
  if (config.max_seq_length) return *config.max_seq_length;
  const Json fields = model.to_dict();
  const auto positions = fields.find("max_position_embeddings");
  const int64_t by_model =
      positions != fields.end() && positions->is_number_integer() ? positions->get<int64_t>() : kNoLimit;
  return std::min(by_model, tokenizer.model_max_length().value_or(kNoLimit));
}

// One field of the encodings of a batch, padded on the right: int64 [texts, longest].
at::Tensor padded(std::span<const Encoding> encodings, std::span<const int64_t> batch,
                  std::vector<int64_t> Encoding::*field, int64_t longest, int64_t fill) {
  at::Tensor out = at::full({static_cast<int64_t>(batch.size()), longest}, fill, at::kLong);
  auto* row = out.mutable_data_ptr<int64_t>();
  for (const int64_t index : batch) {
    std::ranges::copy(encodings[index].*field, row);
    row += longest;
  }
  return out;
}

// The error that encoding would end in names a text; this one names the setting.
void check_max_length(const SentenceConfig& config, const EmbedderOptions& options,
                      const Tokenizer& tokenizer, const std::filesystem::path& model_dir) {
  const int64_t needed = tokenizer.num_special_tokens_to_add();
  if (!config.max_seq_length || *config.max_seq_length >= needed) return;
  Error error(codes::kTokenizerOptions, "max_length leaves no room for the special tokens");
  if (!options.max_length) error.file((model_dir / "sentence_bert_config.json").string());
  throw error.key(options.max_length ? "max_length" : "max_seq_length")
      .expected("at least " + std::to_string(needed))
      .got(std::to_string(*config.max_seq_length));
}

}  // namespace

SentenceEmbedder SentenceEmbedder::from_pretrained(LoadedModel loaded, const std::filesystem::path& model_dir,
                                                   const EmbedderOptions& options) {
  SentenceConfig config = read_sentence_config(model_dir);
  if (options.pooling) config.pooling = {*options.pooling};
  if (options.normalize) config.normalize = *options.normalize;
  if (options.max_length) config.max_seq_length = *options.max_length;
  Tokenizer tokenizer = Tokenizer::from_pretrained(model_dir);
  check_max_length(config, options, tokenizer, model_dir);
  return SentenceEmbedder(std::move(loaded), std::move(tokenizer), std::move(config));
}

SentenceEmbedder::SentenceEmbedder(LoadedModel loaded, Tokenizer tokenizer, SentenceConfig config)
    : loaded_(std::move(loaded)),
      tokenizer_(std::move(tokenizer)),
      config_(std::move(config)),
      max_length_(max_length(config_, loaded_.model->config(), tokenizer_)),
      input_names_(loaded_.model->input_names()) {
  if (std::ranges::find(input_names_, "input_ids") == input_names_.end()) {
    throw misfit("the model does not fit the task").expected("a model that takes input_ids");
  }
  if (!loaded_.report.newly_initialized.empty()) refuse_new_weights();
}

Error SentenceEmbedder::misfit(std::string message) const {
  Error error(codes::kTaskModel, std::move(message));
  if (!loaded_.report.files.empty()) error.file(loaded_.report.files.front());
  return error.key("architecture").got(loaded_.model->traits().architecture);
}

// A pooler that is not asked for may be missing; a layer may not. One text tells them apart.
void SentenceEmbedder::refuse_new_weights() {
  const std::string text = "a";
  const std::vector<Encoding> encodings = encode({&text, 1});
  const int64_t first = 0;
  const at::AutoGradMode gradients(true);
  const std::vector<std::string> behind = parameters_behind(embed_batch(encodings, {&first, 1}),
                                                            *loaded_.model, loaded_.report.newly_initialized);
  if (behind.empty()) return;
  throw misfit("the checkpoint lacks weights that embeddings depend on")
      .key(behind.front())
      .expected("all weights of " + loaded_.model->traits().architecture)
      .got(std::to_string(behind.size()) + " tensors are missing: " + join(behind, ", "))
      .fix("name a complete checkpoint, or train this one and save it");
}

void SentenceEmbedder::check_finite(const at::Tensor& vectors, std::span<const int64_t> batch) const {
  const at::Tensor finite = vectors.isfinite().all(1).contiguous();  // bool [batch]
  const bool* row = finite.const_data_ptr<bool>();
  const bool* wrong = std::find(row, row + batch.size(), false);
  if (wrong == row + batch.size()) return;
  throw misfit("the model gives no finite embedding")
      .key("text " + std::to_string(batch[wrong - row] + 1))
      .expected("finite numbers")
      .got("NaN or infinity")
      .fix("check the weights with modelhost verify; if they are sound, try dtype float32");
}

std::vector<Encoding> SentenceEmbedder::encode(std::span<const std::string> texts) const {
  EncodeOptions options;
  options.return_tokens = false;
  if (max_length_ != kNoLimit) {
    options.truncation = Truncation::kLongestFirst;
    options.max_length = max_length_;
  }
  std::vector<Encoding> encodings;
  encodings.reserve(texts.size());
  for (const std::string& text : texts) {
    try {
      encodings.push_back(tokenizer_.encode(config_.do_lower_case ? lower_case(text) : text, options));
    } catch (Error& error) {
      error.key("text " + std::to_string(encodings.size() + 1));
      throw;
    }
  }
  return encodings;
}

NamedTensors SentenceEmbedder::run_model(const NamedTensors& inputs) {
  try {
    return (*loaded_.model)(inputs);
  } catch (Error& error) {
    if (error.code() != codes::kModelInput.id) throw;
    throw error.note("the tokenizer of the model directory made this input")
        .fix("take the tokenizer files and config.json from the same model");
  }
}

at::Tensor SentenceEmbedder::embed_batch(std::span<const Encoding> encodings,
                                         std::span<const int64_t> batch) {
  const auto longest = static_cast<int64_t>(encodings[batch.front()].size());
  const at::Tensor mask = padded(encodings, batch, &Encoding::attention_mask, longest, 0);
  NamedTensors inputs;
  auto add = [&](const char* name, at::Tensor tensor) {
    if (std::ranges::find(input_names_, name) != input_names_.end()) inputs.set(name, std::move(tensor));
  };
  add("input_ids",
      padded(encodings, batch, &Encoding::input_ids, longest, tokenizer_.pad_token_id().value_or(0)));
  add("attention_mask", mask);
  add("token_type_ids", padded(encodings, batch, &Encoding::token_type_ids, longest, 0));
  const NamedTensors outputs = run_model(inputs);
  const at::Tensor hidden = outputs.get("last_hidden_state");
  if (!hidden.defined()) {
    throw misfit("the model does not fit the task")
        .expected("an output last_hidden_state")
        .fix("use the base model of this architecture");
  }
  return pool_sentences(hidden, mask.to(hidden.device()), config_).cpu();
}

at::Tensor SentenceEmbedder::embed(std::span<const std::string> texts, int64_t batch_size,
                                   const std::function<void(int64_t)>& progress) {
  const c10::InferenceMode inference;
  const std::vector<Encoding> encodings = encode(texts);
  std::vector<int64_t> lengths;
  for (const Encoding& encoding : encodings) lengths.push_back(static_cast<int64_t>(encoding.size()));
  at::Tensor result;
  int64_t done = 0;
  for (const auto& batch : plan_batches(lengths, std::max<int64_t>(batch_size, 1))) {
    const at::Tensor vectors = embed_batch(encodings, batch);  // [batch, E]
    check_finite(vectors, batch);
    if (!result.defined()) result = at::empty({static_cast<int64_t>(texts.size()), vectors.size(1)});
    result.index_copy_(0, at::tensor(batch, at::kLong), vectors);
    done += static_cast<int64_t>(batch.size());
    if (progress) progress(done);
  }
  return result.defined() ? result : at::empty({0, 0});
}

}  // namespace modelhost::host

// Texts to vectors.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "modelhost/base/error.h"
#include "modelhost/host/tasks/sentence_config.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/tokenizers/tokenizer.h"

namespace modelhost::host {

/// How an embedder is loaded. What is unset is as the model directory says.
struct EmbedderOptions {
  std::optional<std::string> architecture = {};  ///< a class name instead of the base model of the type
  std::optional<Pooling> pooling = {};
  std::optional<bool> normalize = {};
  std::optional<int64_t> max_length = {};  ///< tokens a text may have, special ones included
  FromPretrainedOptions load = {};
};

/// A model, its tokenizer and the pooling its directory describes: sentence-transformers'
/// SentenceTransformer.
class SentenceEmbedder {
 public:
  /// Errors: kTaskModel when the model does not give a `last_hidden_state` for text, or gives one that
  /// depends on weights which the checkpoint lacks.
  SentenceEmbedder(LoadedModel loaded, Tokenizer tokenizer, SentenceConfig config);

  /// With the tokenizer and the files of sentence-transformers that stand in `model_dir`, and what the
  /// options say instead of them. Errors: those of the constructor, Tokenizer::from_pretrained and
  /// read_sentence_config; kTokenizerOptions for a length without room for the special tokens.
  static SentenceEmbedder from_pretrained(LoadedModel loaded, const std::filesystem::path& model_dir,
                                          const EmbedderOptions& options = {});

  /// One vector a text: float32 [texts, dimension], in the order of `texts`. `progress` is called after each
  /// batch with the number of texts done. Errors: kTokenizerUtf8 naming the text's position and the byte;
  /// kTaskModel for a vector that is not finite; those of the model.
  at::Tensor embed(std::span<const std::string> texts, int64_t batch_size = 32,
                   const std::function<void(int64_t)>& progress = {});
  at::Tensor embed(std::initializer_list<std::string> texts) {
    return embed(std::span(texts.begin(), texts.size()));
  }

  /// Tokens a text may have, special ones included; longer texts are cut.
  int64_t max_seq_length() const { return max_length_; }
  const LoadReport& load_report() const { return loaded_.report; }
  PreTrainedModel& model() { return *loaded_.model; }
  const Tokenizer& tokenizer() const { return tokenizer_; }

 private:
  std::vector<Encoding> encode(std::span<const std::string> texts) const;
  NamedTensors run_model(const NamedTensors& inputs);
  Error misfit(std::string message) const;
  void refuse_new_weights();
  void check_finite(const at::Tensor& vectors, std::span<const int64_t> batch) const;
  at::Tensor embed_batch(std::span<const Encoding> encodings, std::span<const int64_t> batch);

  LoadedModel loaded_;
  Tokenizer tokenizer_;
  SentenceConfig config_;
  int64_t max_length_;
  std::vector<std::string> input_names_;
};

}  // namespace modelhost::host

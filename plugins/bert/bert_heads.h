// What stands on top of the encoder: pooler, language model head, next sentence head.
#pragma once

#include "bert_config.h"
#include "modelhost/nn/activation.h"
#include "modelhost/nn/layer_norm.h"
#include "modelhost/nn/linear.h"

namespace modelhost::plugins::bert {

using at::Tensor;

/// The first token's hidden state through a dense layer and tanh.
class BertPoolerImpl : public nn::Module {
 public:
  explicit BertPoolerImpl(const BertConfig& config);

  /// [B, S, E] -> [B, E]
  Tensor forward(const Tensor& hidden_states);

 private:
  nn::Linear dense_;
};
MODELHOST_MODULE(BertPooler);

class BertPredictionHeadTransformImpl : public nn::Module {
 public:
  explicit BertPredictionHeadTransformImpl(const BertConfig& config);

  /// [B, S, E] -> [B, S, E]
  Tensor forward(const Tensor& hidden_states) { return layer_norm_(activation_(dense_(hidden_states))); }

 private:
  nn::Linear dense_;
  nn::LayerNorm layer_norm_;
  nn::Activation activation_;
};
MODELHOST_MODULE(BertPredictionHeadTransform);

/// Scores of all tokens of the vocabulary. `decoder.bias` is `bias`, under both names in checkpoints.
class BertLMPredictionHeadImpl : public nn::Module {
 public:
  explicit BertLMPredictionHeadImpl(const BertConfig& config);

  /// [B, S, E] -> [B, S, V]
  Tensor forward(const Tensor& hidden_states) { return decoder_(transform_(hidden_states)); }

  void tie_bias() { decoder_->tie_bias(bias_); }
  nn::LinearImpl& decoder() { return *decoder_; }
  const Tensor& bias() const { return bias_; }

 private:
  Tensor bias_;  ///< [V]
  BertPredictionHeadTransform transform_;
  nn::Linear decoder_;
};
MODELHOST_MODULE(BertLMPredictionHead);

class BertOnlyMLMHeadImpl : public nn::Module {
 public:
  explicit BertOnlyMLMHeadImpl(const BertConfig& config)
      : predictions_(register_module("predictions", BertLMPredictionHead(config))) {}

  /// [B, S, E] -> [B, S, V]
  Tensor forward(const Tensor& hidden_states) { return predictions_(hidden_states); }
  BertLMPredictionHeadImpl& predictions() { return *predictions_; }

 private:
  BertLMPredictionHead predictions_;
};
MODELHOST_MODULE(BertOnlyMLMHead);

class BertOnlyNSPHeadImpl : public nn::Module {
 public:
  explicit BertOnlyNSPHeadImpl(const BertConfig& config)
      : seq_relationship_(register_module("seq_relationship", nn::Linear(config.hidden_size, 2))) {}

  /// [B, E] -> [B, 2]
  Tensor forward(const Tensor& pooled) { return seq_relationship_(pooled); }

 private:
  nn::Linear seq_relationship_;
};
MODELHOST_MODULE(BertOnlyNSPHead);

/// Both heads of pretraining.
class BertPreTrainingHeadsImpl : public nn::Module {
 public:
  explicit BertPreTrainingHeadsImpl(const BertConfig& config)
      : predictions_(register_module("predictions", BertLMPredictionHead(config))),
        seq_relationship_(register_module("seq_relationship", nn::Linear(config.hidden_size, 2))) {}

  BertLMPredictionHeadImpl& predictions() { return *predictions_; }
  nn::LinearImpl& seq_relationship() { return *seq_relationship_; }

 private:
  BertLMPredictionHead predictions_;
  nn::Linear seq_relationship_;
};
MODELHOST_MODULE(BertPreTrainingHeads);

}  // namespace modelhost::plugins::bert

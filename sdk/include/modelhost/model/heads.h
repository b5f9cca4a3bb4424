// Task heads on a backbone: what transformers writes anew for every architecture.
//
//     using FooForTokenClassification = ForTokenClassification<FooModel, kFooHead>;
//
// The backbone is a model class with, beside what every class declares,
//
//     using pretrained_class = FooPreTrainedModel;           // the base of all classes of the architecture
//     InputTable inputs() const;                             // what it takes
//     BackboneOutput run(const NamedTensors&, const ForwardOptions&);
//
// and a constructor from its config; if there is one from config and bool, the bool says whether a pooler is
// made. A head takes the backbone's inputs (those of an encoder only where noted) and its labels, and
// returns, beside what is listed here, hidden_states, attentions and cross_attentions on request. Sizes come
// from the config under transformers' names: hidden_size, vocab_size (or what `attribute_map` has for them),
// num_labels.
//
// Legend: B batch, S sequence, E hidden size, C classes, V vocabulary, N choices.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "modelhost/model/inputs.h"
#include "modelhost/model/loss.h"
#include "modelhost/model/outputs.h"
#include "modelhost/model/pretrained_model.h"
#include "modelhost/nn/dropout.h"

namespace modelhost {

/// Which vector stands for a sequence.
enum class Pooling {
  kPooler,      ///< the backbone's pooler_output
  kFirstToken,  ///< the last hidden state of the first token
  kLastToken,   ///< the scores of the last token that is not `pad_token_id`; without one only a batch of 1
};

/// How an architecture makes its classifiers.
struct HeadOptions {
  Pooling pooling = Pooling::kPooler;
  std::string_view projection = "classifier";  ///< name of the linear layer
  bool bias = true;
  /// Keys of the config; the first one that has a value is the dropout before the projection.
  std::array<std::string_view, 3> dropout = {};
  double default_dropout = 0;  ///< where none has
};

/// How an architecture makes its language models.
struct LanguageModelOptions {
  std::string_view module = "lm_head";  ///< name of the head
  bool causal = true;                   ///< labels are shifted, and the class can generate
  bool logits_to_keep = true;           ///< an input of that name cuts what is scored: a number, or positions
  bool labels_forbid_cache = false;     ///< `use_cache` is off where labels are given
  std::span<const std::string_view> tied_weights_keys = {};
};

namespace heads {

/// What a classifier is built with.
struct Sizes {
  int64_t hidden_size, num_labels;
  double dropout;
};
Sizes sizes_of(const PretrainedConfig& config, const HeadOptions& options);

/// A number of the config under one of its names. Errors: kConfigInconsistent where it has none.
int64_t config_integer(const PretrainedConfig& config, std::string_view name);

/// Errors: kConfigInconsistent unless the config has two labels, a start and an end.
void require_two_labels(const PretrainedConfig& config);

/// Errors: kModelInput for several rows when the config has no `pad_token_id`, and for inputs with choices.
void check_last_token(const NamedTensors& inputs, const PretrainedConfig& config);

/// scores [B, S, C] -> [B, C], at the last token of each row that is not padding; in a row of nothing but
/// padding, the first. Embeddings do not tell padding: their last position counts.
at::Tensor last_token(const at::Tensor& scores, const at::Tensor& input_ids,
                      std::optional<int64_t> pad_token_id);

/// [B, N, ...] -> [B * N, ...] for every input that has choices. Labels and head masks have none.
NamedTensors flatten_choices(const NamedTensors& inputs, int64_t& choices);

/// The positions of hidden states [B, S, E] that are scored: all, the last so many, or those that are named.
at::Tensor positions_to_keep(const at::Tensor& hidden_states, const at::Tensor& logits_to_keep);

/// Undefined without labels.
at::Tensor language_model_loss(const at::Tensor& logits, const at::Tensor& labels, bool causal);

template <class Backbone>
std::shared_ptr<Backbone> make_backbone(const std::shared_ptr<typename Backbone::config_class>& config,
                                        bool with_pooler) {
  if constexpr (std::constructible_from<Backbone, std::shared_ptr<typename Backbone::config_class>, bool>)
    return std::make_shared<Backbone>(config, with_pooler);
  else
    return std::make_shared<Backbone>(config);
}

}  // namespace heads

/// A model that has a backbone under the name `base_model_prefix`.
template <class Backbone>
class WithBackbone : public Backbone::pretrained_class {
 public:
  using Config = typename Backbone::config_class;

  Backbone& backbone() { return *backbone_; }

 protected:
  WithBackbone(const std::shared_ptr<Config>& config, bool with_pooler)
      : Backbone::pretrained_class(config),
        backbone_(this->register_module(std::string(Backbone::base_model_prefix),
                                        heads::make_backbone<Backbone>(config, with_pooler))) {}

  /// The backbone's inputs and then `more`.
  std::vector<std::string> names_with(std::initializer_list<const char*> more,
                                      bool with_encoder = false) const {
    std::vector<std::string> names = backbone_->inputs().names(with_encoder);
    names.insert(names.end(), more.begin(), more.end());
    return names;
  }

  std::shared_ptr<Backbone> backbone_;
};

/// The common part of the classifiers: dropout and a projection.
template <class Backbone, const HeadOptions& options>
class WithClassifier : public WithBackbone<Backbone> {
 protected:
  WithClassifier(const std::shared_ptr<typename Backbone::config_class>& config, bool with_pooler,
                 int64_t outputs)
      : WithBackbone<Backbone>(config, with_pooler),
        dropout_(this->register_module("dropout", nn::Dropout(heads::sizes_of(*config, options).dropout))),
        projection_(this->register_module(
            std::string(options.projection),
            nn::Linear(heads::sizes_of(*config, options).hidden_size, outputs, options.bias))) {}

  nn::Dropout dropout_;
  nn::Linear projection_;
};

/// labels [B] or [B, C], by problem type -> loss, logits [B, C].
template <class Backbone, const HeadOptions& options>
class ForSequenceClassification : public WithClassifier<Backbone, options> {
 public:
  explicit ForSequenceClassification(const std::shared_ptr<typename Backbone::config_class>& config)
      : WithClassifier<Backbone, options>(config, options.pooling == Pooling::kPooler, config->num_labels()) {
  }

  std::vector<std::string> input_names() const override { return this->names_with({"labels"}); }

  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& forward_options) override {
    constexpr bool by_last_token = options.pooling == Pooling::kLastToken;
    if (by_last_token) heads::check_last_token(inputs, this->config());
    const BackboneOutput encoded = this->backbone_->run(inputs, forward_options);
    const at::Tensor pooled = options.pooling == Pooling::kPooler ? encoded.pooler_output
                              : options.pooling == Pooling::kFirstToken
                                  ? encoded.last_hidden_state.select(1, 0)
                                  : encoded.last_hidden_state;
    at::Tensor logits = this->projection_(this->dropout_(pooled));
    if (by_last_token)
      logits = heads::last_token(logits, inputs.get("input_ids"), this->config().pad_token_id);
    return head_outputs(
        sequence_classification_loss(logits, inputs.get("labels"), this->config().problem_type), logits,
        encoded);
  }
};

/// labels [B, S] -> loss, logits [B, S, C].
template <class Backbone, const HeadOptions& options>
class ForTokenClassification : public WithClassifier<Backbone, options> {
 public:
  explicit ForTokenClassification(const std::shared_ptr<typename Backbone::config_class>& config)
      : WithClassifier<Backbone, options>(config, /*with_pooler=*/false, config->num_labels()) {}

  std::vector<std::string> input_names() const override { return this->names_with({"labels"}); }

  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& forward_options) override {
    const BackboneOutput encoded = this->backbone_->run(inputs, forward_options);
    const at::Tensor logits = this->projection_(this->dropout_(encoded.last_hidden_state));
    return head_outputs(token_classification_loss(logits, inputs.get("labels")), logits, encoded);
  }
};

/// start_positions and end_positions [B] -> loss, start_logits [B, S], end_logits [B, S]. The projection is
/// `qa_outputs` with two outputs, and nothing is dropped before it.
template <class Backbone>
class ForQuestionAnswering : public WithBackbone<Backbone> {
 public:
  /// Errors: kConfigInconsistent unless the config has two labels, or the backbone's class says
  /// `qa_has_labels` false.
  explicit ForQuestionAnswering(const std::shared_ptr<typename Backbone::config_class>& config)
      : WithBackbone<Backbone>(config, /*with_pooler=*/false),
        qa_outputs_(this->register_module("qa_outputs",
                                          nn::Linear(heads::config_integer(*config, "hidden_size"), 2))) {
    if constexpr (!requires { requires !Backbone::qa_has_labels; }) heads::require_two_labels(*config);
  }

  std::vector<std::string> input_names() const override {
    return this->names_with({"start_positions", "end_positions"});
  }

  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override {
    const BackboneOutput encoded = this->backbone_->run(inputs, options);
    NamedTensors outputs = question_answering_outputs(qa_outputs_(encoded.last_hidden_state), inputs);
    encoded.append_lists_to(outputs);
    return outputs;
  }

 private:
  nn::Linear qa_outputs_;
};

/// Inputs have one more dimension, the choices: input_ids [B, N, S]. labels [B] -> loss, logits [B, N].
template <class Backbone, const HeadOptions& options>
class ForMultipleChoice : public WithClassifier<Backbone, options> {
 public:
  explicit ForMultipleChoice(const std::shared_ptr<typename Backbone::config_class>& config)
      : WithClassifier<Backbone, options>(config, options.pooling == Pooling::kPooler, 1) {}

  std::vector<std::string> input_names() const override { return this->names_with({"labels"}); }

  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& forward_options) override {
    int64_t choices = 1;
    const BackboneOutput encoded =
        this->backbone_->run(heads::flatten_choices(inputs, choices), forward_options);
    const at::Tensor pooled =
        options.pooling == Pooling::kPooler ? encoded.pooler_output : encoded.last_hidden_state.select(1, 0);
    const at::Tensor logits = this->projection_(this->dropout_(pooled)).view({-1, choices});
    return head_outputs(token_classification_loss(logits, inputs.get("labels")), logits, encoded);
  }
};

/// Scores of the vocabulary. `Head` is nn::Linear (without bias), or a module that is made from the config,
/// maps [B, S, E] to [B, S, V] and has `nn::LinearImpl& decoder()`, the projection onto the vocabulary. Takes
/// an encoder's states where the backbone does. labels [B, S] -> loss, logits [B, S, V].
template <class Backbone, class Head, const LanguageModelOptions& options>
class ForLanguageModeling : public WithBackbone<Backbone> {
  static constexpr bool kIsLinear = std::is_same_v<Head, nn::Linear>;

 public:
  static constexpr bool can_generate = options.causal;
  static constexpr std::span<const std::string_view> tied_weights_keys = options.tied_weights_keys;

  explicit ForLanguageModeling(const std::shared_ptr<typename Backbone::config_class>& config)
      : WithBackbone<Backbone>(config, /*with_pooler=*/false),
        head_(this->register_at(std::string(options.module), make_head(*config))) {}

  std::vector<std::string> input_names() const override {
    std::vector<std::string> names = this->names_with({"labels"}, /*with_encoder=*/true);
    if (options.logits_to_keep) names.emplace_back("logits_to_keep");
    return names;
  }

  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& forward_options) override {
    ForwardOptions own = forward_options;
    if (options.labels_forbid_cache && inputs.contains("labels")) own.use_cache = false;
    BackboneOutput encoded = this->backbone_->run(inputs, own);
    if (!options.causal) encoded.cross_attentions.clear();  // not a field of MaskedLMOutput
    const at::Tensor logits =
        head_(heads::positions_to_keep(encoded.last_hidden_state, inputs.get("logits_to_keep")));
    return head_outputs(heads::language_model_loss(logits, inputs.get("labels"), options.causal), logits,
                        encoded);
  }

  nn::LinearImpl* get_output_embeddings() override {
    if constexpr (kIsLinear)
      return head_.get();
    else
      return &head_->decoder();
  }

 private:
  static Head make_head(const typename Backbone::config_class& config) {
    if constexpr (kIsLinear)
      return Head(heads::config_integer(config, "hidden_size"), heads::config_integer(config, "vocab_size"),
                  false);
    else
      return Head(config);
  }

  Head head_;
};

}  // namespace modelhost

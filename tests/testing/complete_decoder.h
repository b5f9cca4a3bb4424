// A small decoder on the SDK's kit: what cases about caches ask for.
#pragma once

#include "complete_model.h"
#include "modelhost/model/heads.h"
#include "modelhost/model/layer_inputs.h"
#include "modelhost/nn/multi_head_attention.h"

namespace modelhost::testing {

struct CompleteDecoderLayerImpl : nn::TransformerLayer {
  CompleteDecoderLayerImpl(const CompleteConfig& c, int64_t index)
      : attention(*this, {"query", "key", "value", "out"},
                  {.hidden = c.hidden_size, .heads = c.num_attention_heads}, {.causal = true}, index) {}
  std::optional<nn::AttentionHeads> heads() override { return attention.heads(); }
  nn::LayerOutput compute(const at::Tensor& x, const nn::LayerInputs& inputs) override {
    const nn::Attended attended = attention.self(x, inputs);
    return {x + attended.context.tanh(), attended.probabilities, {}};
  }
  nn::MultiHeadAttention attention;
};

struct CompleteDecoderPreTrained : PreTrainedModelOf<CompleteConfig> {
  using pretrained_class = CompleteDecoderPreTrained;
  static constexpr std::string_view base_model_prefix = "decoder", main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;
  using PreTrainedModelOf::PreTrainedModelOf;
};

struct CompleteDecoder : CompleteDecoderPreTrained {
  explicit CompleteDecoder(std::shared_ptr<CompleteConfig> c)
      : CompleteDecoderPreTrained(c),
        embed(register_module("embed", nn::Embedding(c->vocab_size, c->hidden_size))),
        positions(register_module("positions", nn::Embedding(c->max_position_embeddings, c->hidden_size))),
        layers(register_module("layers", nn::LayerStack(c->num_hidden_layers, [&](int64_t index) {
                                 return std::make_shared<CompleteDecoderLayerImpl>(*c, index);
                               }))) {}
  InputTable inputs() const {
    using enum Input::Kind;
    return {.inputs = {{"input_ids", "B S", kIds, config().vocab_size, Input::Role::kSequence},
                       {"attention_mask", "B? K", kMask},
                       {"position_ids", "B? S", kIds, config().max_position_embeddings},
                       {"head_mask", "H | L H", kHeadMask}},
            .sizes = {{'H', config().num_attention_heads}, {'L', config().num_hidden_layers}},
            .max_positions = config().max_position_embeddings};
  }
  BackboneOutput run(const NamedTensors& given, const ForwardOptions& options) {
    ForwardPlan plan = plan_forward(*this, inputs(), given, options, {.fallback = FusedFallback::kEager});
    plan.layers.mask = causal_mask(plan.masks);
    const at::Tensor places = given.get("position_ids");
    const at::Tensor x = embed(given.at("input_ids")) +
                         positions(places.defined() ? places : default_positions(plan.shape, at::kCPU));
    return layers(x, plan.layers, plan.output_hidden_states);
  }
  std::vector<std::string> input_names() const override { return inputs().names(); }
  NamedTensors forward(const NamedTensors& given, const ForwardOptions& options) override {
    return run(given, options).named();
  }
  nn::EmbeddingImpl* get_input_embeddings() override { return embed.get(); }
  nn::EmbeddingImpl* get_position_embeddings() override { return positions.get(); }

  nn::Embedding embed, positions;
  nn::LayerStack layers;
};

inline constexpr std::string_view kCompleteTied[] = {"lm_head.weight"};
inline constexpr LanguageModelOptions kCompleteCausal{.tied_weights_keys = kCompleteTied};
using CompleteForCausalLM = ForLanguageModeling<CompleteDecoder, nn::Linear, kCompleteCausal>;

}  // namespace modelhost::testing

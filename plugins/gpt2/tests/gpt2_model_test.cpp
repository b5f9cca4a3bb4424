#include "gpt2_model.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scalar_tensor.h>

#include <algorithm>
#include <set>

#include "gpt2_test_support.h"
#include "modelhost/base/log.h"
#include "modelhost/model/surgery.h"

namespace modelhost::plugins::gpt2 {
namespace {

std::set<std::string> keys_of(torch::nn::Module& module) {
  std::set<std::string> keys;
  for (const StateEntry& entry : state_dict(module)) keys.insert(entry.name);
  return keys;
}

// The warnings that `action` logs.
template <typename Action>
std::vector<std::string> warnings_of(Action action) {
  std::vector<std::string> warnings;
  set_log_sink([&](LogLevel level, std::string_view text) {
    if (level == LogLevel::kWarning) warnings.emplace_back(text);
  });
  action();
  set_log_sink({});
  return warnings;
}

at::Tensor last_state(PreTrainedModel& model, const NamedTensors& inputs,
                      const ForwardOptions& options = {}) {
  const at::NoGradGuard no_grad;
  return model(inputs, options).at("last_hidden_state");
}

TEST_CASE("a GPT-2 block has the parameters of transformers, in their order") {
  const auto config = small_config();
  config->n_layer = 1;
  config->add_cross_attention = true;
  const auto model = make_model<GPT2Model>(config);
  std::vector<std::string> modules;
  for (const StateEntry& entry : state_dict(*model)) {
    if (entry.name.ends_with(".weight")) modules.push_back(entry.name.substr(0, entry.name.size() - 7));
  }
  CHECK(modules == std::vector<std::string>{"wte", "wpe", "h.0.ln_1", "h.0.attn.c_attn", "h.0.attn.c_proj",
                                            "h.0.ln_2", "h.0.crossattention.c_attn",
                                            "h.0.crossattention.q_attn", "h.0.crossattention.c_proj",
                                            "h.0.ln_cross_attn", "h.0.mlp.c_fc", "h.0.mlp.c_proj", "ln_f"});
  CHECK(tensor_of(*model, "h.0.attn.c_attn.weight").sizes() == at::IntArrayRef{12, 36});
  CHECK(tensor_of(*model, "h.0.crossattention.c_attn.weight").sizes() == at::IntArrayRef{12, 24});
  CHECK(tensor_of(*model, "h.0.mlp.c_fc.weight").sizes() == at::IntArrayRef{12, 48});
}

TEST_CASE("a GPT-2 head's keys are those of the base model under the prefix, and its own") {
  const auto base = make_model<GPT2Model>();
  const auto head = make_model<GPT2ForSequenceClassification>();
  std::set<std::string> wanted = {"score.weight"};
  for (const std::string& key : keys_of(*base)) wanted.insert("transformer." + key);
  CHECK(keys_of(*head) == wanted);
  CHECK(&head->base_model() != head.get());
}

TEST_CASE("the buffers of old GPT-2 checkpoints are known but not saved") {
  const auto model = make_model<GPT2Model>();
  const auto buffers = buffer_names(*model);
  for (const char* name : {"h.0.attn.bias", "h.1.attn.masked_bias"}) {
    CHECK_FALSE(keys_of(*model).contains(name));
    CHECK(std::ranges::find(buffers, name) != buffers.end());
  }
}

TEST_CASE("GPT-2's initial weights follow the rule of the reference") {
  const auto config = small_config();
  config->n_embd = 48, config->n_layer = 8, config->initializer_range = 0.5;
  const auto model = make_model<GPT2LMHeadModel>(config);
  const auto spread = [&](const std::string& name) {
    return tensor_of(*model, "transformer." + name).std().item<double>();
  };
  CHECK(std::abs(spread("h.7.attn.c_attn.weight") - 0.5) < 0.02);
  CHECK(std::abs(spread("h.7.mlp.c_fc.weight") - 0.5) < 0.02);
  CHECK(std::abs(spread("h.7.attn.c_proj.weight") - 0.125) < 0.01);  // 0.5 / sqrt(2 * 8)
  CHECK(std::abs(spread("h.7.mlp.c_proj.weight") - 0.125) < 0.01);
  CHECK(std::abs(spread("wte.weight") - 0.5) < 0.05);
  CHECK(tensor_of(*model, "transformer.h.0.attn.c_proj.bias").eq(0).all().item<bool>());
  CHECK(tensor_of(*model, "transformer.ln_f.weight").eq(1).all().item<bool>());
}

TEST_CASE("pruned heads make smaller projections in their GPT-2 layer only") {
  const auto config = small_config();
  config->pruned_heads = {{1, {0, 2}}};
  const auto model = make_model<GPT2Model>(config);
  CHECK(tensor_of(*model, "h.0.attn.c_attn.weight").sizes() == at::IntArrayRef{12, 36});
  CHECK(tensor_of(*model, "h.1.attn.c_attn.weight").sizes() == at::IntArrayRef{12, 12});
  CHECK(tensor_of(*model, "h.1.attn.c_proj.weight").sizes() == at::IntArrayRef{4, 12});
}

TEST_CASE("GPT-2 with heads masked and with these heads pruned gives the same") {
  const auto model = make_model<GPT2Model>(small_config_with("eager"));
  NamedTensors inputs = ids_of_shape({2, 6});
  const NamedTensors bare = inputs;
  at::Tensor mask = at::ones({2, 3});
  mask[0][1] = mask[1][0] = mask[1][2] = 0;
  inputs.set("head_mask", mask);
  const at::Tensor masked = last_state(*model, inputs);
  prune_heads(*model, {{0, {1}}, {-1, {2, 0}}});
  CHECK(masked.allclose(last_state(*model, bare), 1e-5, 1e-6));
}

TEST_CASE("a token changes nothing before it") {
  for (const char* attention : {"eager", "sdpa"}) {
    INFO(attention);
    const auto model = make_model<GPT2Model>(small_config_with(attention));
    NamedTensors inputs = ids_of_shape({1, 6});
    const at::Tensor before = last_state(*model, inputs);
    inputs.at("input_ids").select(1, 4).add_(1).remainder_(19);
    const at::Tensor after = last_state(*model, inputs);
    CHECK(before.slice(1, 0, 4).allclose(after.slice(1, 0, 4), 1e-5, 1e-6));
    CHECK_FALSE(before.slice(1, 4).allclose(after.slice(1, 4), 1e-5, 1e-4));
  }
}

TEST_CASE("a mask of ones changes nothing in GPT-2, to the bit") {
  for (const char* attention : {"eager", "sdpa"}) {
    const auto model = make_model<GPT2Model>(small_config_with(attention));
    NamedTensors inputs = ids_of_shape({2, 6});
    const at::Tensor bare = last_state(*model, inputs);
    inputs.set("attention_mask", at::ones({2, 6}, at::kLong));
    CHECK(bare.equal(last_state(*model, inputs)));
  }
}

TEST_CASE("without cache positions that start anew hide the text before them, with cache they do not") {
  const auto model = make_model<GPT2Model>();
  NamedTensors inputs = ids_of_shape({1, 6});
  const at::Tensor alone = last_state(*model, {{"input_ids", inputs.at("input_ids").slice(1, 3)}});
  inputs.set("position_ids", at::arange(6).remainder(3).unsqueeze(0));
  ForwardOptions uncached;
  uncached.use_cache = false;
  CHECK(last_state(*model, inputs, uncached).slice(1, 3).allclose(alone, 1e-5, 1e-5));
  CHECK_FALSE(last_state(*model, inputs).slice(1, 3).allclose(alone, 1e-5, 1e-5));
}

TEST_CASE("a mask of booleans with four dimensions and one of numbers mean the same") {
  for (const char* attention : {"eager", "sdpa"}) {
    const auto model = make_model<GPT2Model>(small_config_with(attention));
    NamedTensors inputs = ids_of_shape({2, 4});
    const at::Tensor visible = at::ones({4, 4}, at::kBool).tril().expand({2, 1, 4, 4});
    const at::Tensor bare = last_state(*model, inputs);
    inputs.set("attention_mask", visible);
    CHECK(bare.allclose(last_state(*model, inputs), 1e-5, 1e-6));
    inputs.set("attention_mask", visible.logical_not().to(at::kFloat).mul(-1e30));
    CHECK(bare.allclose(last_state(*model, inputs), 1e-5, 1e-6));
  }
}

TEST_CASE("fused attention returns attentions on request, and the same states") {
  const auto model = make_model<GPT2Model>();
  NamedTensors inputs = ids_of_shape({2, 5});
  at::Tensor mask = at::ones({2, 5}, at::kLong);
  mask[1].slice(0, 3).zero_();
  ForwardOptions options;
  options.output_attentions = true;
  for (const bool masked : {false, true}) {
    if (masked) inputs.set("attention_mask", mask);
    const at::NoGradGuard no_grad;
    const NamedTensors with = (*model)(inputs, options);
    CHECK(with.list("attentions").size() == 2);
    CHECK(with.at("attentions.0").sum(-1).allclose(at::ones({2, 3, 5})));
    CHECK(with.at("last_hidden_state").allclose(last_state(*model, inputs), 1e-5, 1e-6));
  }
}

TEST_CASE("a GPT-2 model says when fused attention ignores its scaling or a head mask") {
  const auto config = small_config();
  CHECK(warnings_of([&] { make_model<GPT2Model>(config); }).empty());
  config->scale_attn_by_inverse_layer_idx = true;
  CHECK(warnings_of([&] { make_model<GPT2Model>(config); }).size() == 1);
  config->attn_implementation = "eager";
  CHECK(warnings_of([&] { make_model<GPT2Model>(config); }).empty());

  const auto model = make_model<GPT2Model>();
  NamedTensors inputs = ids_of_shape({2, 5});
  const at::Tensor bare = last_state(*model, inputs);
  inputs.set("head_mask", at::full({3}, 0.5));
  at::Tensor masked;
  CHECK(warnings_of([&] { masked = last_state(*model, inputs), last_state(*model, inputs); }).size() == 1);
  CHECK(masked.equal(bare));
}

TEST_CASE("choices are a second batch dimension for the whole GPT-2 model") {
  const auto model = make_model<GPT2Model>();
  const NamedTensors inputs = ids_of_shape({2, 3, 5});
  const at::Tensor flat = last_state(*model, {{"input_ids", inputs.at("input_ids").flatten(0, 1)}});
  const at::Tensor choices = last_state(*model, inputs);
  CHECK(choices.sizes() == at::IntArrayRef{2, 3, 5, 12});
  CHECK(choices.flatten(0, 1).equal(flat));
}

TEST_CASE("token types are looked up in the token table") {
  const auto model = make_model<GPT2Model>();
  NamedTensors inputs = ids_of_shape({1, 4});
  inputs.set("token_type_ids", at::full({1, 4}, 18, at::kLong));
  const at::Tensor typed = last_state(*model, inputs);
  const at::Tensor table = model->get_input_embeddings()->weight();
  const at::Tensor embeds = table.detach().index_select(0, inputs.at("input_ids")[0]) + table.detach()[18];
  CHECK(typed.allclose(last_state(*model, {{"inputs_embeds", embeds.unsqueeze(0)}}), 1e-5, 1e-6));
}

TEST_CASE("outputs of the double heads model come in the order of the reference, the losses first") {
  const auto model = make_model<GPT2DoubleHeadsModel>();
  CHECK(model->config().num_labels() == 1);
  NamedTensors inputs = ids_of_shape({2, 3, 4});
  inputs.set("labels", at::ones({2, 3, 4}, at::kLong));
  inputs.set("mc_labels", at::ones({2}, at::kLong));
  ForwardOptions options;
  options.output_hidden_states = options.output_attentions = true;
  CHECK((*model)(inputs, options).names() ==
        std::vector<std::string>{"loss", "mc_loss", "logits", "mc_logits", "hidden_states.0",
                                 "hidden_states.1", "hidden_states.2", "attentions.0", "attentions.1"});
}

TEST_CASE("only the positions asked for are scored") {
  const auto model = make_model<GPT2LMHeadModel>();
  NamedTensors inputs = ids_of_shape({2, 5});
  const at::NoGradGuard no_grad;
  const at::Tensor all = (*model)(inputs).at("logits");
  const auto kept = [&](const at::Tensor& which) {
    inputs.set("logits_to_keep", which);
    return (*model)(inputs).at("logits");
  };
  CHECK(kept(at::scalar_tensor(2, at::kLong)).allclose(all.slice(1, 3), 1e-5, 1e-6));
  CHECK(kept(at::scalar_tensor(0, at::kLong)).allclose(all, 1e-5, 1e-6));
  CHECK(kept(at::scalar_tensor(9, at::kLong)).allclose(all, 1e-5, 1e-6));
  CHECK(kept(at::tensor({4, 1})).allclose(all.index_select(1, at::tensor({4, 1})), 1e-5, 1e-6));
}

TEST_CASE("the last token of a row that is not padding classifies it") {
  const auto config = small_config();
  config->pad_token_id = 7;
  const auto model = make_model<GPT2ForSequenceClassification>(config);
  const at::NoGradGuard no_grad;
  const auto logits = [&](const at::Tensor& ids) { return (*model)({{"input_ids", ids}}).at("logits"); };
  const auto rows = [](std::vector<int64_t> ids, int64_t count) { return at::tensor(ids).view({count, -1}); };
  const at::Tensor text = logits(rows({3, 4, 5}, 1));
  CHECK(logits(rows({3, 4, 5, 7, 7}, 1)).allclose(text, 1e-5, 1e-6));
  CHECK(logits(rows({3, 4, 5, 7, 7, 3, 4, 5, 2, 2}, 2))[0].allclose(text[0], 1e-5, 1e-6));
  CHECK_FALSE(logits(rows({3, 4, 5, 7, 7, 3, 4, 5, 2, 2}, 2))[1].allclose(text[0], 1e-5, 1e-6));
  CHECK(logits(rows({7, 7, 7}, 1)).allclose(logits(rows({7}, 1)), 1e-5, 1e-6));
}

TEST_CASE("gradients reach every parameter of a GPT-2 language model in train mode") {
  for (const char* attention : {"eager", "sdpa"}) {
    for (const bool upcast : {false, true}) {
      const auto config = small_config_with(attention);
      config->reorder_and_upcast_attn = upcast;
      const auto model = make_model<GPT2LMHeadModel>(config);
      model->train();
      NamedTensors inputs = ids_of_shape({2, 5});
      inputs.set("labels", at::ones({2, 5}, at::kLong));
      at::Tensor mask = at::ones({2, 5}, at::kLong);
      mask[1][4] = 0;
      inputs.set("attention_mask", mask);
      (*model)(inputs).at("loss").backward();
      for (const StateEntry& entry : state_dict(*model)) {
        INFO(attention << " " << entry.name);
        CHECK(entry.tensor.grad().defined());
      }
    }
  }
}

}  // namespace
}  // namespace modelhost::plugins::gpt2

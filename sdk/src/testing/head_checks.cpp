// Heads that are masked, and heads that are taken away.
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>

#include "case_groups.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/model/surgery.h"
#include "modelhost/save/save_pretrained.h"
#include "modelhost/testing/scratch_directory.h"

namespace modelhost::testing {
namespace {

// All heads but the last of the first layer, and the first one of the last layer.
HeadsToPrune heads_to_prune(PreTrainedModel& model) {
  const auto layers = require_heads(model);
  HeadsToPrune heads;
  for (int64_t head = 0; head + 1 < *layers.front().num_heads; ++head) heads[0].push_back(head);
  if (layers.size() > 1) heads[static_cast<int64_t>(layers.size()) - 1].push_back(0);
  return heads;
}

at::Tensor mask_of(PreTrainedModel& model, const HeadsToPrune& heads) {
  const auto layers = model.attention_heads();
  at::Tensor mask = at::ones({static_cast<int64_t>(layers.size()), *layers.front().num_heads});
  for (const auto& [layer, list] : heads) {
    for (const int64_t head : list) mask[layer][head].zero_();
  }
  return mask;
}

void prune(const ModelFixture& fixture) {
  const auto model = fixture.model();
  const HeadsToPrune heads = heads_to_prune(*model);
  const NamedTensors inputs = fixture.inputs(*model);
  prune_heads(*model, heads);
  require(*model->attention_heads().front().num_heads == 1, "the first layer kept more than its last head");
  require(model->config().pruned_heads == heads, "config.pruned_heads does not say what is gone");
  const NamedTensors outputs = run(*model, inputs);
  const ScratchDirectory dir;
  save_pretrained(*model, dir / "model");
  const auto loaded = from_pretrained(fixture.spec(), dir / "model").model;
  require_same_state(*model, *loaded, "the pruned model, loaded");
  require_close(outputs, run(*loaded, inputs), "outputs of the pruned model, loaded");
}

void prune_one_by_one(const ModelFixture& fixture) {
  const auto at_once = fixture.model(), one_by_one = fixture.model();
  const HeadsToPrune heads = heads_to_prune(*at_once);
  prune_heads(*at_once, heads);
  for (const auto& [layer, list] : heads) {
    for (const int64_t head : list) prune_heads(*one_by_one, {{layer, {head}}});
  }
  require_same_state(*at_once, *one_by_one, "heads pruned one by one");
}

void pruned_equals_masked(const ModelFixture& fixture) {
  const auto model = fixture.eager_model();
  const HeadsToPrune heads = heads_to_prune(*model);
  require_input(*model, "head_mask");
  const NamedTensors inputs = fixture.inputs(*model);
  NamedTensors masked = inputs;
  masked.set("head_mask", mask_of(*model, heads));
  const NamedTensors wanted = run(*model, masked);
  prune_heads(*model, heads);
  require_close(wanted, run(*model, inputs), "outputs without the heads");
}

void head_mask_changes_results(const ModelFixture& fixture) {
  const auto model = fixture.eager_model();
  const HeadsToPrune heads = heads_to_prune(*model);
  require_input(*model, "head_mask");
  NamedTensors inputs = fixture.inputs(*model);
  const NamedTensors whole = run(*model, inputs);
  inputs.set("head_mask", mask_of(*model, {}));
  require_close(whole, run(*model, inputs), "outputs with a mask of ones");

  const at::Tensor mask = mask_of(*model, heads).set_requires_grad(true);
  inputs.set("head_mask", mask);
  at::Tensor sum;
  for (const auto& [name, tensor] : (*model)(inputs, {}))
    sum = sum.defined() ? sum + tensor.sum() : tensor.sum();
  sum.backward();
  require(mask.grad().defined() && mask.grad().abs().sum().item<double>() > 0,
          "no gradient reaches the head mask: it is not used");
}

void masked_attentions(const ModelFixture& fixture) {
  const auto model = fixture.eager_model();
  const HeadsToPrune heads = heads_to_prune(*model);
  require_input(*model, "head_mask");
  NamedTensors inputs = fixture.inputs(*model);
  inputs.set("head_mask", mask_of(*model, heads));
  ForwardOptions options;
  options.output_attentions = true;
  const auto attentions = run(*model, inputs, options).list("attentions");  // each [B, H, S, S]
  if (attentions.empty()) skip_case("the class gives no attentions");
  const at::Tensor first = attentions.front().abs().sum({0, 2, 3});  // [H]
  require(first.slice(0, 0, first.size(0) - 1).max().item<double>() == 0, "a masked head still attends");
  require(first[-1].item<double>() > 0, "a head that is not masked attends to nothing");
}

}  // namespace

std::vector<ModelCheck> head_checks() {
  return {
      {"prune-heads", "heads can be pruned, and the pruned model saved and loaded", prune},
      {"prune-one-by-one", "heads that are pruned one by one leave what is left when they go at once",
       prune_one_by_one},
      {"pruned-equals-masked", "a model without some heads gives what their mask gives",
       pruned_equals_masked},
      {"head-mask", "a head mask of ones changes nothing, one with zeros has a gradient",
       head_mask_changes_results},
      {"masked-attentions", "the attentions of masked heads are zero", masked_attentions},
  };
}

}  // namespace modelhost::testing

#include "modelhost/host/surgery/head_importance.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "modelhost/base/error_codes.h"
#include "modelhost/host/error_codes.h"

namespace modelhost::host {
namespace {

using at::Tensor;

constexpr uint64_t kSeed = 2019;
constexpr int64_t kIgnored = -100;  // a label that no loss counts

// [1, S, E] -> [E], the mean of the visible positions; any other shape flattened.
Tensor feature_vector(const Tensor& output, const Tensor& mask) {
  if (output.dim() != 3) return output.flatten();
  if (!mask.defined() || mask.sizes() != output.sizes().slice(0, 2)) return output.mean(1).flatten();
  const Tensor weights = mask.to(output.scalar_type()).unsqueeze(-1);  // [1, S, 1]
  return ((output * weights).sum(1) / weights.sum(1)).flatten();
}

Error no_heads(const PreTrainedModel& model) {
  return Error(codes::kModelSurgery, "this architecture tells nothing about its heads")
      .expected("a class with attention_heads()")
      .got(model.traits().architecture)
      .fix("look at another architecture, or ask the plugin's author");
}

// Numbers of the heads that are there, in the model that nothing was pruned from.
LayerImportance layer_without_values(int64_t layer, int64_t layers, int64_t heads,
                                     const HeadsToPrune& pruned) {
  std::set<int64_t> gone;
  for (const auto& [number, list] : pruned) {
    if (number == layer || number + layers == layer) gone.insert(list.begin(), list.end());
  }
  LayerImportance result;
  result.first_heads = heads + static_cast<int64_t>(gone.size());
  for (int64_t head = 0; head < result.first_heads; ++head) {
    if (!gone.contains(head)) result.heads.push_back(head);
  }
  return result;
}

}  // namespace

std::vector<double> LayerImportance::normalized() const {
  double squares = 0;
  for (const double value : importance) squares += value * value;
  std::vector<double> result = importance;
  for (double& value : result) value = squares > 0 ? value / std::sqrt(squares) : 0;
  return result;
}

Tensor HeadObjective::operator()(const NamedTensors& inputs, const NamedTensors& outputs) {
  if (const Tensor loss = outputs.get("loss"); loss.defined()) {
    description_ = "the loss";
    return loss.view({1});
  }
  const auto& [name, output] = *outputs.begin();
  const Tensor features = feature_vector(output, inputs.get("attention_mask"));
  if (!directions_.defined() || directions_.size(1) != features.size(0)) {
    const at::Generator generator = at::detail::createCPUGenerator(kSeed);
    directions_ = at::randn({kDirections, features.size(0)}, generator).to(features.options());
  }
  description_ = (output.dim() == 3 ? "the mean of " : "") + name + " along " + std::to_string(kDirections) +
                 " random directions";
  return directions_.mv(features);
}

HeadMeter::HeadMeter(PreTrainedModel& model) : model_(model), layers_(model.attention_heads()) {
  if (layers_.empty()) throw no_heads(model);
  for (Tensor& parameter : model.parameters()) parameter.requires_grad_(false);
  int64_t heads = 0;
  for (const nn::AttentionHeads& layer : layers_) {
    heads += *layer.num_heads;
    for (const nn::Projection* projection : layer.outputs)
      weights_.push_back(Tensor(projection->weight()).requires_grad_(true));
  }
  sums_ = at::zeros({heads}, at::kDouble);
}

// -> float64 [heads of all layers]
Tensor HeadMeter::head_derivatives(const Tensor& value, bool keep_graph) const {
  const auto gradients =
      torch::autograd::grad({value}, weights_, /*grad_outputs=*/{}, /*retain_graph=*/keep_graph,
                            /*create_graph=*/false, /*allow_unused=*/true);
  std::vector<Tensor> by_layer;
  std::size_t at = 0;
  for (const nn::AttentionHeads& layer : layers_) {
    Tensor sum = at::zeros({*layer.num_heads}, at::kDouble);
    for (const nn::Projection* projection : layer.outputs) {
      const Tensor& gradient = gradients[at++];
      if (!gradient.defined()) continue;
      const Tensor columns = (projection->weight().to(at::kDouble) * gradient).sum(projection->out_dim());
      sum += columns.view({*layer.num_heads, layer.head_size}).sum(1);
    }
    by_layer.push_back(sum);
  }
  return at::cat(by_layer);
}

void HeadMeter::check_finite(const Tensor& values) const {
  if (values.isfinite().all().item<bool>()) return;
  throw Error(codes::kTaskInput, "an example says nothing about the importance of heads: it is not finite")
      .key("example " + std::to_string(examples_ + 1))
      .expected("a text that the model can be judged by; a language model needs two tokens or more")
      .fix("leave it out");
}

void HeadMeter::add(NamedTensors example) {
  const NamedTensors inputs = with_labels(model_, std::move(example));
  std::vector<Tensor> values;
  {
    const at::AutoGradMode gradients(true);
    values = objective_(inputs, model_(inputs)).unbind();
  }
  const at::NoGradGuard no_grad;
  Tensor sum = at::zeros_like(sums_);
  for (const Tensor& value : values) {
    check_finite(value);
    sum += head_derivatives(value, /*keep_graph=*/!value.is_same(values.back())).abs();
  }
  check_finite(sum);
  sums_ += sum / static_cast<double>(values.size());
  ++examples_;
}

std::vector<LayerImportance> HeadMeter::result() const {
  std::vector<LayerImportance> result;
  int64_t at = 0;
  for (const nn::AttentionHeads& layer : layers_) {
    result.push_back(layer_without_values(static_cast<int64_t>(result.size()),
                                          static_cast<int64_t>(layers_.size()), *layer.num_heads,
                                          model_.config().pruned_heads));
    for (int64_t i = 0; i < *layer.num_heads; ++i, ++at) {
      const double mean = sums_[at].item<double>() / static_cast<double>(std::max<int64_t>(examples_, 1));
      result.back().importance.push_back(mean);
    }
  }
  return result;
}

NamedTensors with_labels(PreTrainedModel& model, NamedTensors example) {
  const std::vector<std::string> names = model.input_names();
  const Tensor ids = example.get("input_ids");
  const bool scores_tokens =
      model.get_output_embeddings() && std::ranges::find(names, "labels") != names.end();
  if (!scores_tokens || example.contains("labels") || !ids.defined()) return example;
  const Tensor mask = example.get("attention_mask");
  const bool masked = mask.defined() && mask.sizes() == ids.sizes();
  example.set("labels", masked ? ids.to(at::kLong).masked_fill(mask.eq(0), kIgnored) : ids.to(at::kLong));
  return example;
}

HeadsToPrune least_important(const std::vector<LayerImportance>& layers, double fraction) {
  std::vector<std::tuple<double, int64_t, int64_t>> ranked;  // importance, layer, head
  std::vector<std::size_t> left;
  for (const LayerImportance& layer : layers) {
    const std::vector<double> values = layer.normalized();
    const auto number = static_cast<int64_t>(left.size());
    for (std::size_t i = 0; i < values.size(); ++i) ranked.emplace_back(values[i], number, layer.heads[i]);
    left.push_back(values.size());
  }
  std::ranges::sort(ranked);
  auto wanted = std::llround(fraction * static_cast<double>(ranked.size()));
  HeadsToPrune chosen;
  for (const auto& [value, layer, head] : ranked) {
    if (wanted == 0) break;
    if (left[layer] == 1) continue;
    --left[layer], --wanted;
    chosen[layer].push_back(head);
  }
  for (auto& [layer, heads] : chosen) std::ranges::sort(heads);
  return chosen;
}

}  // namespace modelhost::host

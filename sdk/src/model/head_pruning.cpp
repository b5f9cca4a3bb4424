// Heads out of attention layers, and out of the config.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <set>

#include "modelhost/base/error_codes.h"
#include "modelhost/model/surgery.h"
#include "surgery_error.h"

namespace modelhost {
namespace {

using at::Tensor;
using HeadSets = std::map<int64_t, std::set<int64_t>>;  // by layer, counted from 0

std::string layer_key(int64_t layer) {
  return "pruned_heads." + std::to_string(layer);
}

int64_t layer_from_0(int64_t layer, int64_t layers) {
  const int64_t counted = layer < 0 ? layer + layers : layer;
  if (counted >= 0 && counted < layers) return counted;
  throw surgery_error("there is no such layer", layer_key(layer),
                      "a layer from " + std::to_string(-layers) + " to " + std::to_string(layers - 1),
                      std::to_string(layer));
}

// Layer numbers counted from 0, each once. Entries of a config may count from both ends.
HeadSets by_layer(const HeadsToPrune& heads, int64_t layers) {
  HeadSets sets;
  for (const auto& [layer, list] : heads) sets[layer_from_0(layer, layers)].insert(list.begin(), list.end());
  return sets;
}

void check_heads_exist(const HeadsToPrune& heads, const std::vector<nn::AttentionHeads>& blocks,
                       const HeadSets& gone) {
  for (const auto& [given, list] : heads) {
    const int64_t layer = layer_from_0(given, static_cast<int64_t>(blocks.size()));
    const auto already = gone.find(layer);
    const int64_t count =
        *blocks[layer].num_heads + (already == gone.end() ? 0 : static_cast<int64_t>(already->second.size()));
    for (const int64_t head : list) {
      if (head >= 0 && head < count) continue;
      throw surgery_error("there is no such head", layer_key(given),
                          "heads from 0 to " + std::to_string(count - 1), std::to_string(head));
    }
  }
}

// What an architecture says about its heads must agree with its weights.
void check_block(const nn::AttentionHeads& block, int64_t layer) {
  const int64_t width = *block.num_heads * block.head_size;
  const bool inputs_agree = std::ranges::all_of(block.inputs, [width](const auto& input) {
    return input.projection->out_features() == input.parts * width;
  });
  const bool outputs_agree = std::ranges::all_of(
      block.outputs, [width](const auto* output) { return output->in_features() == width; });
  if (inputs_agree && outputs_agree) return;
  throw surgery_error("attention_heads() does not describe the projections", layer_key(layer),
                      "projections of " + std::to_string(width) + " features", "other widths");
}

// Positions, among the heads that are there, of those that stay.
std::vector<int64_t> kept_positions(const nn::AttentionHeads& block, const std::set<int64_t>& gone,
                                    const std::set<int64_t>& going) {
  std::vector<int64_t> kept;
  int64_t head = 0;  // its first number
  for (int64_t position = 0; position < *block.num_heads; ++position, ++head) {
    while (gone.contains(head)) ++head;
    if (!going.contains(head)) kept.push_back(position);
  }
  return kept;
}

// Features of the kept heads, `parts` times over.
Tensor feature_index(const std::vector<int64_t>& kept, const nn::AttentionHeads& block, int64_t parts) {
  std::vector<int64_t> features;
  features.reserve(static_cast<std::size_t>(parts * block.head_size) * kept.size());
  for (int64_t part = 0; part < parts; ++part) {
    for (const int64_t head : kept) {
      const int64_t first = (part * *block.num_heads + head) * block.head_size;
      for (int64_t i = 0; i < block.head_size; ++i) features.push_back(first + i);
    }
  }
  return at::tensor(features, at::kLong);
}

// New values for a parameter, not yet in place.
struct Change {
  Tensor parameter, data;
};

Change select(const Tensor& parameter, int64_t dim, const Tensor& index) {
  if (nn::is_placeholder(parameter)) {
    std::vector<int64_t> shape = parameter.sizes().vec();
    shape[dim] = index.numel();
    return {parameter, nn::make_placeholder(shape, parameter.options().requires_grad(false))};
  }
  return {parameter, at::index_select(parameter, dim, index.to(parameter.device()))};
}

void cut(const nn::AttentionHeads& block, const std::vector<int64_t>& kept, std::vector<Change>& changes) {
  for (const auto& [projection, parts] : block.inputs) {
    const Tensor index = feature_index(kept, block, parts);
    changes.push_back(select(projection->weight(), projection->out_dim(), index));
    if (projection->bias().defined()) changes.push_back(select(projection->bias(), 0, index));
  }
  const Tensor index = feature_index(kept, block, 1);
  for (const nn::Projection* projection : block.outputs)
    changes.push_back(select(projection->weight(), 1 - projection->out_dim(), index));
}

// Takes `heads` away of blocks that `gone` have been taken from already.
void cut_heads(const std::vector<nn::AttentionHeads>& blocks, const HeadsToPrune& heads,
               const HeadSets& gone) {
  const at::NoGradGuard no_grad;
  check_heads_exist(heads, blocks, gone);
  std::vector<Change> changes;
  std::vector<std::pair<int64_t*, int64_t>> counts;
  for (const auto& [layer, going] : by_layer(heads, static_cast<int64_t>(blocks.size()))) {
    const nn::AttentionHeads& block = blocks[layer];
    check_block(block, layer);
    const auto already = gone.find(layer);
    const auto kept =
        kept_positions(block, already == gone.end() ? std::set<int64_t>() : already->second, going);
    if (static_cast<int64_t>(kept.size()) == *block.num_heads) continue;
    if (kept.empty())
      throw surgery_error("a layer needs a head", layer_key(layer), "at least one that is kept", "all heads");
    cut(block, kept, changes);
    counts.emplace_back(block.num_heads, static_cast<int64_t>(kept.size()));
  }
  for (const auto& [parameter, data] : changes) nn::replace_data(parameter, data);
  for (const auto& [count, value] : counts) *count = value;
}

std::vector<nn::AttentionHeads> require_blocks(PreTrainedModel& model) {
  std::vector<nn::AttentionHeads> blocks = model.attention_heads();
  if (!blocks.empty()) return blocks;
  throw surgery_error("this architecture tells nothing about its heads", "pruned_heads",
                      "a class with attention_heads()", model.traits().architecture)
      .fix("prune another architecture, or ask the plugin's author");
}

}  // namespace

void prune_heads(PreTrainedModel& model, const HeadsToPrune& heads) {
  const std::vector<nn::AttentionHeads> blocks = require_blocks(model);
  HeadsToPrune& pruned = model.config().pruned_heads;
  HeadsToPrune after = pruned;
  for (const auto& [layer, list] : heads) {
    std::set<int64_t> all(list.begin(), list.end());
    all.insert(after[layer].begin(), after[layer].end());
    after[layer] = {all.begin(), all.end()};
  }
  cut_heads(blocks, heads, by_layer(pruned, static_cast<int64_t>(blocks.size())));
  pruned = std::move(after);
}

void prune_heads_of_config(PreTrainedModel& model) {
  const HeadsToPrune& heads = model.config().pruned_heads;
  if (heads.empty()) return;
  try {
    cut_heads(require_blocks(model), heads, {});
  } catch (const Error& error) {
    throw Error(codes::kConfigInconsistent, "config values contradict each other: " + error.message())
        .key(error.key())
        .expected(error.expected())
        .got(error.got());
  }
}

}  // namespace modelhost

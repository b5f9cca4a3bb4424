// How much each attention head matters, after "Are Sixteen Heads Really Better than One?" (Michel et al.
// 2019): the mean over examples of |dL/dx|, where x = 1 is a factor on the head's context.
//
// No head_mask is needed. The context of a head reaches the rest of the model through its columns of the
// output projection W alone, so dL/dx is the sum over these columns of W * dL/dW: one backward pass an
// example, for any class that can be pruned, however it computes attention and whatever was pruned before.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "modelhost/model/surgery.h"

namespace modelhost::host {

struct LayerImportance {
  std::vector<int64_t> heads;      ///< that are there, by their numbers in the model nothing was pruned from
  std::vector<double> importance;  ///< of each of them
  int64_t first_heads = 0;         ///< how many there were before pruning

  /// Divided by the layer's L2 norm, as in the paper: layers differ in scale.
  std::vector<double> normalized() const;
};

/// What is differentiated, one number or more an example: the loss of a model that was given labels;
/// otherwise the projections of an output onto `kDirections` random directions, the same for all examples.
/// The mean of their absolute derivatives is in proportion to the norm of the output's derivative. The
/// output is the first one; of a sequence of vectors [1, S, E] the mean over what `attention_mask` shows.
class HeadObjective {
 public:
  static constexpr int64_t kDirections = 8;

  /// [1] or [kDirections].
  at::Tensor operator()(const NamedTensors& inputs, const NamedTensors& outputs);
  /// What the last call returned, for people.
  const std::string& description() const { return description_; }

 private:
  at::Tensor directions_;  // [kDirections, features], made at the first call
  std::string description_;
};

/// Measures a model. Its parameters require no gradients afterwards, except the output projections.
class HeadMeter {
 public:
  /// `model` is in eval mode. Errors: kModelSurgery for a class that does not tell where its heads are.
  explicit HeadMeter(PreTrainedModel& model);

  /// One example: inputs whose first dimension is 1. A class with an output projection onto the vocabulary
  /// and without labels gets its input_ids as labels, -100 where attention_mask is 0. Errors: those of the
  /// model; kTaskInput when the loss or its derivatives are not finite.
  void add(NamedTensors example);

  int64_t examples() const { return examples_; }
  const std::string& objective() const { return objective_.description(); }
  /// By layer. Zeros before the first example.
  std::vector<LayerImportance> result() const;

 private:
  at::Tensor head_derivatives(const at::Tensor& value, bool keep_graph) const;
  void check_finite(const at::Tensor& values) const;

  PreTrainedModel& model_;
  std::vector<nn::AttentionHeads> layers_;
  std::vector<at::Tensor> weights_;  // of all output projections, layer by layer
  HeadObjective objective_;
  at::Tensor sums_;  // float64 [heads of all layers]
  int64_t examples_ = 0;
};

/// The example with what HeadMeter::add adds.
NamedTensors with_labels(PreTrainedModel& model, NamedTensors example);

/// The least important heads, `fraction` of all that are there, rounded; by normalised importance over all
/// layers, but never all heads of a layer.
HeadsToPrune least_important(const std::vector<LayerImportance>& layers, double fraction);

}  // namespace modelhost::host

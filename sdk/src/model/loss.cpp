#include "modelhost/model/loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/mse_loss.h>

#include "modelhost/base/error_codes.h"
#include "modelhost/model/input_checks.h"

namespace modelhost {
namespace {

using at::Tensor;

Error label_error(std::string expected, std::string got) {
  return Error(codes::kModelInput, "labels do not fit the logits")
      .key("labels")
      .expected(std::move(expected))
      .got(std::move(got));
}

bool holds_classes(const Tensor& labels) {
  return labels.scalar_type() == at::kLong || labels.scalar_type() == at::kInt;
}

// labels [...] -> int64 [N], each an existing class or the ignored label.
Tensor checked_classes(const Tensor& labels, int64_t count, int64_t classes, int64_t ignored_label) {
  if (!holds_classes(labels)) throw label_error("class numbers, int64", c10::toString(labels.scalar_type()));
  if (labels.numel() != count) {
    throw label_error(std::to_string(count) + " labels", "shape " + shape_text_of(labels.sizes()));
  }
  Tensor flat = labels.reshape({-1}).to(at::kLong);
  const Tensor wrong = (flat.lt(0) | flat.ge(classes)) & flat.ne(ignored_label);
  if (wrong.any().item<bool>()) {
    throw label_error(
        "classes from 0 to " + std::to_string(classes - 1) + ", or " + std::to_string(ignored_label),
        std::to_string(flat.masked_select(wrong)[0].item<int64_t>()));
  }
  return flat;
}

Tensor regression_loss(const Tensor& logits, const Tensor& labels) {
  const bool single = logits.size(-1) == 1;
  if (labels.numel() != logits.numel()) {
    throw label_error(shape_text_of(single ? logits.squeeze(-1).sizes() : logits.sizes()),
                      shape_text_of(labels.sizes()));
  }
  return single ? at::mse_loss(logits.squeeze(), labels.squeeze()) : at::mse_loss(logits, labels);
}

Tensor multi_label_loss(const Tensor& logits, const Tensor& labels) {
  if (labels.sizes() != logits.sizes())
    throw label_error(shape_text_of(logits.sizes()), shape_text_of(labels.sizes()));
  return at::binary_cross_entropy_with_logits(logits, labels);
}

// One end of the answer: positions outside the sequence do not count.
Tensor position_loss(const Tensor& logits, const Tensor& positions) {
  const int64_t outside = logits.size(1);
  return mean_cross_entropy(logits, positions.clamp(0, outside), outside);
}

}  // namespace

Tensor mean_cross_entropy(const Tensor& logits, const Tensor& labels, int64_t ignored_label) {
  const int64_t classes = logits.size(-1);
  const Tensor flat = logits.reshape({-1, classes});
  const Tensor targets = checked_classes(labels, flat.size(0), classes, ignored_label);
  return at::cross_entropy_loss(flat, targets, {}, at::Reduction::Mean, ignored_label);
}

std::string infer_problem_type(int64_t num_labels, const Tensor& labels) {
  if (num_labels == 1) return "regression";
  if (num_labels > 1 && holds_classes(labels)) return "single_label_classification";
  return "multi_label_classification";
}

Tensor sequence_classification_loss(const Tensor& logits, const Tensor& labels,
                                    const std::optional<std::string>& problem_type) {
  if (!labels.defined()) return {};
  const std::string type = problem_type ? *problem_type : infer_problem_type(logits.size(-1), labels);
  if (type == "regression") return regression_loss(logits, labels);
  if (type == "single_label_classification") return mean_cross_entropy(logits, labels);
  return multi_label_loss(logits, labels);
}

Tensor token_classification_loss(const Tensor& logits, const Tensor& labels) {
  return labels.defined() ? mean_cross_entropy(logits, labels) : Tensor();
}

Tensor masked_lm_loss(const Tensor& logits, const Tensor& labels) {
  return labels.defined() ? mean_cross_entropy(logits, labels) : Tensor();
}

Tensor causal_lm_loss(const Tensor& logits, const Tensor& labels) {
  const Tensor wide = logits.to(at::kFloat);
  if (labels.dim() != 2) throw label_error("[batch, sequence]", "shape " + shape_text_of(labels.sizes()));
  const Tensor shifted = at::constant_pad_nd(labels, {0, 1}, kIgnoredLabel).slice(1, 1);
  return mean_cross_entropy(wide, shifted);
}

Tensor question_answering_loss(const Tensor& start_logits, const Tensor& end_logits,
                               const Tensor& start_positions, const Tensor& end_positions) {
  return (position_loss(start_logits, start_positions) + position_loss(end_logits, end_positions)) / 2;
}

NamedTensors question_answering_outputs(const Tensor& logits, const NamedTensors& inputs) {
  const Tensor start = logits.select(-1, 0).contiguous(), end = logits.select(-1, 1).contiguous();
  const Tensor starts = inputs.get("start_positions"), ends = inputs.get("end_positions");
  NamedTensors outputs;
  if (starts.defined() && ends.defined())
    outputs.set("loss", question_answering_loss(start, end, starts, ends));
  outputs.set("start_logits", start);
  outputs.set("end_logits", end);
  return outputs;
}

Tensor next_sentence_loss(const Tensor& logits, const Tensor& labels) {
  return mean_cross_entropy(logits, labels);
}

}  // namespace modelhost

#include "modelhost/model/input_checks.h"

#include <ATen/ops/aminmax.h>

#include <sstream>

#include "modelhost/base/error_codes.h"

namespace modelhost {
namespace {

using at::Tensor;

bool repeats_to(at::IntArrayRef got, at::IntArrayRef wanted) {
  if (got.size() != wanted.size() || got.empty() || got.back() != wanted.back()) return false;
  for (std::size_t i = 0; i + 1 < got.size(); ++i) {
    if (got[i] != wanted[i] && got[i] != 1) return false;
  }
  return true;
}

}  // namespace

std::string shape_text_of(at::IntArrayRef shape) {
  std::ostringstream text;
  text << shape;
  return text.str();
}

Error input_error(std::string message, std::string_view name, std::string expected, std::string got) {
  return Error(codes::kModelInput, std::move(message))
      .key(std::string(name))
      .expected(std::move(expected))
      .got(std::move(got));
}

void check_shape(std::string_view name, const Tensor& tensor, at::IntArrayRef wanted) {
  if (repeats_to(tensor.sizes(), wanted)) return;
  throw input_error("an input has the wrong shape", name, "shape " + shape_text_of(wanted),
                    "shape " + shape_text_of(tensor.sizes()));
}

void check_ids(std::string_view name, const Tensor& ids, int64_t rows) {
  if (ids.scalar_type() != at::kLong && ids.scalar_type() != at::kInt) {
    throw input_error("ids must be integers", name, "int64 or int32", c10::toString(ids.scalar_type()));
  }
  if (ids.numel() == 0) return;
  const auto [low, high] = at::aminmax(ids);
  if (low.item<int64_t>() >= 0 && high.item<int64_t>() < rows) return;
  throw input_error(
      "an id is outside its table", name, "ids from 0 to " + std::to_string(rows - 1),
      "ids from " + std::to_string(low.item<int64_t>()) + " to " + std::to_string(high.item<int64_t>()));
}

void check_states(std::string_view name, const Tensor& states, int64_t width, c10::ScalarType dtype) {
  if (states.dim() != 3 || states.size(2) != width) {
    throw input_error("an input has the wrong shape", name,
                      "[batch, sequence, " + std::to_string(width) + "]",
                      "shape " + shape_text_of(states.sizes()));
  }
  if (states.scalar_type() == dtype) return;
  throw input_error("an input has another dtype than the model", name, c10::toString(dtype),
                    c10::toString(states.scalar_type()));
}

void check_mask(std::string_view name, const Tensor& mask, int64_t batch, int64_t queries, int64_t keys) {
  if (mask.dim() == 2) return check_shape(name, mask, {batch, keys});
  if (mask.dim() == 3) return check_shape(name, mask, {batch, queries, keys});
  throw input_error("a mask has the wrong number of dimensions", name,
                    "[batch, keys] or [batch, queries, keys]", "shape " + shape_text_of(mask.sizes()));
}

}  // namespace modelhost

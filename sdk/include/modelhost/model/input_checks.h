// Checks of what a caller passes to a model: an error here names the input, an error from a kernel would not.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "modelhost/base/error.h"

namespace modelhost {

/// "[2, 7]"
std::string shape_text_of(at::IntArrayRef shape);

/// kModelInput for the input `name`.
Error input_error(std::string message, std::string_view name, std::string expected, std::string got);

/// The shape must be `wanted`, or 1 where it may be repeated: in every dimension but the last.
/// Errors: kModelInput.
void check_shape(std::string_view name, const at::Tensor& tensor, at::IntArrayRef wanted);

/// Integers from 0 to rows - 1. Errors: kModelInput.
void check_ids(std::string_view name, const at::Tensor& ids, int64_t rows);

/// Vectors of a sequence, [batch, sequence, width], in the model's dtype. Errors: kModelInput.
void check_states(std::string_view name, const at::Tensor& states, int64_t width, c10::ScalarType dtype);

/// A mask of tokens, [batch, keys] or [batch, queries, keys], with check_shape's repetitions.
/// Errors: kModelInput.
void check_mask(std::string_view name, const at::Tensor& mask, int64_t batch, int64_t queries, int64_t keys);

}  // namespace modelhost

// Between checkpoint bytes and LibTorch tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>

#include "modelhost/formats/tensor_info.h"

namespace modelhost {

/// LibTorch's type for a checkpoint's; nullopt where LibTorch has none (F4, F6).
std::optional<c10::ScalarType> scalar_type(Dtype dtype);
/// The checkpoint type for one of LibTorch's. Errors: kLoadDtype.
Dtype checkpoint_dtype(c10::ScalarType type);
/// "float32", "bfloat16" … as config.json and the command line write it; nullopt when unknown.
std::optional<c10::ScalarType> scalar_type_from_name(std::string_view name);
std::string scalar_type_name(c10::ScalarType type);

/// A tensor over the checkpoint's own bytes, without a copy. The tensor keeps the bytes alive. Where the
/// bytes do not lie at a multiple of the element size, they are copied. Errors: kLoadDtype.
at::Tensor tensor_over(const TensorInfo& info, TensorBytes bytes);

}  // namespace modelhost

// Activation functions by the names that config.json uses (transformers' ACT2FN).
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace modelhost::nn {

/// Elementwise, any shape, same shape and dtype out.
using Activation = at::Tensor (*)(const at::Tensor&);

/// Errors: kConfigChoice for the config's `key` that lists the known names and the nearest one.
Activation activation(std::string_view name, std::string_view key = "hidden_act");

}  // namespace modelhost::nn

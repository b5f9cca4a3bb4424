// Values for rows that a resized embedding or head gets.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace modelhost {

/// Rows [added, width] for a table `old` [rows, width], in its dtype and on its device: draws from the normal
/// distribution with the mean of the old rows and 1e-9 times their covariance, or the mean itself where that
/// is not positive definite (fewer rows than columns). Computed in float32. Follows
/// `_init_added_embeddings_weights_with_mean`, to the bit with the same random state.
at::Tensor rows_around_mean(const at::Tensor& old, int64_t added);

/// Elements [added] for a bias `old`: draws from the normal distribution with its mean and 1e-9 times its
/// standard deviation. Follows `_init_added_lm_head_bias_with_mean`.
at::Tensor elements_around_mean(const at::Tensor& old, int64_t added);

}  // namespace modelhost

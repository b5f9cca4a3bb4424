// Values for rows that a resized embedding or head gets.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace modelhost {

/// Rows [added, width] for a table `old` [rows, width], in its dtype and on its device: draws from the normal
/// distribution with the mean of the old rows and 1e-9 times their covariance, or the mean itself where that
/// is singular or, in float32, might be: where there are no more rows than columns, where a column is constant but
/// for 1/3000 of its mean, and where the smallest eigenvalue of the old rows' correlations is below width + 8 units of
/// float32. No rounding decides. Computed in float32. Follows `_init_added_embeddings_weights_with_mean`, to the bit
/// with the same random state where both draw.
at::Tensor rows_around_mean(const at::Tensor& old, int64_t added);

/// Elements [added] for a bias `old`: draws from the normal distribution with its mean and 1e-9 times its
/// standard deviation. Follows `_init_added_lm_head_bias_with_mean`.
at::Tensor elements_around_mean(const at::Tensor& old, int64_t added);

}  // namespace modelhost

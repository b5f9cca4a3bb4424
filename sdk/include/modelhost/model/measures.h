// How large a model is and what it costs (transformers' ModuleUtilsMixin).
#pragma once

#include <cstdint>

#include "modelhost/model/pretrained_model.h"

namespace modelhost {

/// Elements of all parameters, tied ones once; only those that require gradients, or without the weights of
/// embeddings of any kind.
int64_t num_parameters(const PreTrainedModel& model, bool only_trainable = false,
                       bool exclude_embeddings = false);
/// Elements of the main input; 0 and, the first time, a warning when it is not there.
int64_t estimate_tokens(const PreTrainedModel& model, const NamedTensors& inputs);
/// Operations of one forward and backward: 6 a token and parameter. Follows `floating_point_ops`.
int64_t floating_point_ops(const PreTrainedModel& model, const NamedTensors& inputs,
                           bool exclude_embeddings = true);
/// Bytes of all parameters, tied ones once, and of all buffers.
int64_t get_memory_footprint(const PreTrainedModel& model, bool return_buffers = true);

/// Resident memory is measured around the forward of every module from now on (see nn::MemoryState), or
/// starts again at 0.
void add_memory_hooks(PreTrainedModel& model);
void reset_memory_hooks_state(PreTrainedModel& model);

}  // namespace modelhost

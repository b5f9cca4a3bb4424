// What training needs beside gradients.
#pragma once

#include "modelhost/model/pretrained_model.h"

namespace modelhost {

/// Whether a module of the model is an nn::GradientCheckpointingLayer.
bool supports_gradient_checkpointing(const PreTrainedModel& model);
/// From now on such layers are computed twice in train mode, for less memory. Errors: kModelOption when
/// there is none.
void gradient_checkpointing_enable(PreTrainedModel& model);
void gradient_checkpointing_disable(PreTrainedModel& model);
bool is_gradient_checkpointing(const PreTrainedModel& model);

/// The results of the token embedding require gradients, whether its weight does or not. Errors:
/// kModelOption for a model without token embedding.
void enable_input_require_grads(PreTrainedModel& model);
void disable_input_require_grads(PreTrainedModel& model);

}  // namespace modelhost

// The type that a model is loaded in.
#pragma once

#include <optional>

#include "modelhost/formats/checkpoint_reader.h"
#include "modelhost/model/pretrained_model.h"

namespace modelhost {

/// `wanted`, or where it is unset the config's dtype, else what the index states, else that of the first
/// tensor that a model can have; float32 if there is none. Errors: kLoadDtype.
c10::ScalarType choose_dtype(std::optional<c10::ScalarType> wanted, const PretrainedConfig& config,
                             const CheckpointReader& checkpoint);

/// Makes the parameters of the class's `keep_in_fp32_modules` float32 placeholders, where the model is
/// float16, and those of the strict list in float16 and bfloat16. Of a model without weights.
void keep_in_fp32(PreTrainedModel& model, c10::ScalarType dtype);

}  // namespace modelhost

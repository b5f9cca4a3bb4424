// load_weights for callers that know where the config came from.
#pragma once

#include <string>

#include "modelhost/load/from_pretrained.h"

namespace modelhost {

/// As load_weights; errors name `config_file` if it is not empty.
LoadReport load_weights(PreTrainedModel& model, CheckpointReader& checkpoint,
                        const FromPretrainedOptions& options, const std::string& config_file);

}  // namespace modelhost

// Which values of a config are behind the sizes of a model.
#pragma once

#include <string>
#include <vector>

#include "modelhost/config/pretrained_config.h"
#include "modelhost/load/load_report.h"
#include "modelhost/model/state_dict.h"

namespace modelhost {

/// The integers of the config that equal a size in which checkpoint and model differ, e.g.
/// "vocab_size 31". Empty when there is none. A guess: the config does not say what a value is used for.
std::string values_behind(const PretrainedConfig& config, const std::vector<MismatchedKey>& mismatched);

/// The keys of the config that equal the number of repeated modules among `entries` ("layer.0" to
/// "layer.4095" are 4096) or a dimension of the largest of them, most telling first.
std::vector<std::string> keys_behind(const PretrainedConfig& config, const std::vector<StateEntry>& entries);

}  // namespace modelhost

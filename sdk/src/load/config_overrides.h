// Values that a caller gives instead of config.json's.
#pragma once

#include "modelhost/base/json.h"
#include "modelhost/config/pretrained_config.h"

namespace modelhost {

/// Puts `overrides` into `object`, the content of a config.json, as transformers' `from_pretrained` does with
/// its keyword arguments. `defaults` is a config of the class. `num_labels` alone makes new labels where the
/// number differs. Errors: kLoadOption for a key that neither the class nor `object` has, with the nearest
/// one, for overrides that are no object, and for `num_labels` and `id2label` that contradict each other.
void apply_config_overrides(Json& object, const Json& overrides, const PretrainedConfig& defaults);

}  // namespace modelhost

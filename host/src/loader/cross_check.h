// Does a plugin register what its manifest says?
#pragma once

#include <vector>

#include "modelhost/host/loader/manifest.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost::host {

/// Errors: kRegistrationDiffers that lists every missing and extra architecture and every different trait.
void cross_check(const Manifest& manifest, const std::vector<ModelSpec>& specs);

}  // namespace modelhost::host

// The part of verify_checkpoint that compares config.json with the weights.
#pragma once

#include <filesystem>
#include <vector>

#include "verify_weights_set.h"

namespace modelhost {

/// Whether config.json can be read, and what it says of dtype and tied weights is what the files hold. Knows
/// no architecture: which tensors are input and output embeddings is told by the names that models of
/// transformers have for them.
void verify_config(const std::filesystem::path& directory, const OpenedFiles& opened,
                   std::vector<Finding>& findings);

}  // namespace modelhost

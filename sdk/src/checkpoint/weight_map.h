// The index of a sharded checkpoint: {"metadata": {…}, "weight_map": {"<tensor>": "<file>", …}}.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "modelhost/base/error.h"

namespace modelhost {

Error index_error(const std::filesystem::path& index, const std::string& key);

/// File names by tensor names. `index` is for messages. Errors: kCheckpointIndex, those of parse_json.
std::map<std::string, std::string> parse_weight_map(std::string_view text,
                                                    const std::filesystem::path& index);

/// Where the shard `name` is. An index comes with the weights from a stranger: it may only name plain files
/// beside itself. Links inside a hub cache, which point into the same repository's blobs folder, are
/// followed. Errors: kCheckpointUnsafeName.
std::filesystem::path safe_shard_path(const std::filesystem::path& index, const std::string& name);

}  // namespace modelhost

// The index of a sharded checkpoint: {"metadata": {…}, "weight_map": {"<tensor>": "<file>", …}}.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "modelhost/base/error.h"

namespace modelhost {

struct ShardIndex {
  std::map<std::string, std::string> weight_map;  ///< file names by tensor names
  std::string dtype;                              ///< `metadata.dtype`, empty where there is none
};

Error index_error(const std::filesystem::path& index, const std::string& key);

/// `index` is for messages. Errors: kCheckpointIndex, those of parse_json.
ShardIndex parse_shard_index(std::string_view text, const std::filesystem::path& index);

/// Where files are numbered ("…-00001-of-00003…"), every number must be named: an index that leaves a shard
/// out would make a model of random weights. `path` is for messages. Errors: kCheckpointIndex.
void check_all_shards_named(const ShardIndex& index, const std::filesystem::path& path);

/// Where the shard `name` is. An index comes with the weights from a stranger: it may only name plain files
/// beside itself. Links inside a hub cache, which point into the same repository's blobs folder, are
/// followed. Errors: kCheckpointUnsafeName.
std::filesystem::path safe_shard_path(const std::filesystem::path& index, const std::string& name);

/// The text of an index file: `json.dumps(indent=2, sort_keys=True)` and a newline.
std::string shard_index_text(const std::map<std::string, std::string>& weight_map, uint64_t total_parameters,
                       uint64_t total_size);

}  // namespace modelhost

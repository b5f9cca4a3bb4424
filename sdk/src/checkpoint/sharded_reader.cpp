#include "sharded_reader.h"

#include <set>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "weights_file.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

Error index_error(const fs::path& index, const std::string& key) {
  return Error(codes::kCheckpointIndex, "a checkpoint index is malformed").file(index.string()).key(key);
}

// An index comes with the weights from a stranger: it may only name plain files beside itself. Links inside a hub
// cache, which point into the same repository's blobs folder, are followed.
fs::path safe_shard_path(const fs::path& index, const std::string& name) {
  const bool plain = !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
                     name.find('\\') == std::string::npos && name.find('\0') == std::string::npos;
  const fs::path path = index.parent_path() / name;
  std::error_code status;
  if (plain && fs::is_symlink(path, status)) {
    const fs::path target = fs::weakly_canonical(path, status);
    const fs::path own = fs::weakly_canonical(index.parent_path(), status);
    const fs::path blobs = own.parent_path().parent_path() / "blobs";
    if (target.parent_path() == own || target.parent_path() == blobs) return path;
  } else if (plain) {
    return path;
  }
  throw Error(codes::kCheckpointUnsafeName, "an index names a file outside its directory")
      .file(index.string())
      .key("weight_map")
      .expected("the plain name of a file in the same directory")
      .got(quote(name))
      .fix("do not use this checkpoint unless you know who made it");
}

std::map<std::string, std::string> read_weight_map(const fs::path& index) {
  const Json json = read_json_file(index);
  const auto map = json.is_object() ? json.find("weight_map") : json.end();
  if (!json.is_object() || map == json.end() || !map->is_object() || map->empty()) {
    throw index_error(index, "weight_map").expected("an object that maps tensor names to file names");
  }
  std::map<std::string, std::string> names;
  for (const auto& [key, value] : map->items()) {
    if (!value.is_string()) {
      throw index_error(index, "weight_map." + key).expected("a file name").got(describe_json(value));
    }
    names[key] = value.get<std::string>();
  }
  return names;
}

}  // namespace

ShardedReader::ShardedReader(const fs::path& index_path) { open_shards(index_path, read_weight_map(index_path)); }

void ShardedReader::open_shards(const fs::path& index_path, const std::map<std::string, std::string>& weight_map) {
  std::map<std::string, CheckpointReader*> by_file;
  for (const auto& [tensor, file] : weight_map) by_file.emplace(file, nullptr);
  for (auto& [file, reader] : by_file) {
    shards_.push_back(open_weights_file(safe_shard_path(index_path, file)));
    reader = shards_.back().get();
    metadata_.insert(reader->metadata().begin(), reader->metadata().end());
  }
  for (const auto& [tensor, file] : weight_map) {
    const TensorInfo* info = by_file[file]->find(tensor);
    if (!info) {
      throw index_error(index_path, tensor)
          .expected("a tensor in " + file)
          .got("no such tensor in that file")
          .fix("the index and the shards do not belong together: download or save the checkpoint again");
    }
    tensors_.push_back(*info);
    shard_of_[tensor] = by_file[file];
  }
}

std::vector<fs::path> ShardedReader::files() const {
  std::vector<fs::path> files;
  for (const auto& shard : shards_) files.push_back(shard->files().front());
  return files;
}

}  // namespace modelhost

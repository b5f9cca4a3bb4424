#include "sharded_reader.h"

#include "modelhost/base/json.h"
#include "modelhost/base/mapped_file.h"
#include "weight_map.h"
#include "weights_file.h"

namespace modelhost {

namespace fs = std::filesystem;

ShardedReader::ShardedReader(const fs::path& index_path) {
  open_shards(index_path, parse_weight_map(read_text_file(index_path, kMaxJsonBytes), index_path));
}

void ShardedReader::open_shards(const fs::path& index_path,
                                const std::map<std::string, std::string>& weight_map) {
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

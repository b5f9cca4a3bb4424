#include "sharded_reader.h"

#include "modelhost/base/json.h"
#include "modelhost/files/json_file.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/formats/weights_format.h"

namespace modelhost {

namespace fs = std::filesystem;

ShardedReader::ShardedReader(const fs::path& index_path, ReadMode mode) {
  const ShardIndex index = parse_shard_index(read_text_file(index_path, kMaxJsonBytes), index_path);
  stated_dtype_ = index.dtype;
  open_shards(index_path, index, mode);
}

void ShardedReader::open_shards(const fs::path& index_path, const ShardIndex& index, ReadMode mode) {
  std::map<std::string, CheckpointReader*> by_file;
  for (const auto& [tensor, file] : index.weight_map) by_file.emplace(file, nullptr);
  // All names are judged before the first file is opened.
  std::vector<fs::path> paths;
  for (const auto& [file, reader] : by_file) paths.push_back(safe_shard_path(index_path, file));
  std::size_t next = 0;
  for (auto& [file, reader] : by_file) {
    shards_.push_back(open_weights_file(paths[next++], mode));
    reader = shards_.back().get();
    metadata_.insert(reader->metadata().begin(), reader->metadata().end());
  }
  check_all_shards_named(index, index_path);
  for (const auto& [tensor, file] : index.weight_map) {
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

std::vector<TensorBytes> ShardedReader::fetch(std::span<const TensorInfo* const> tensors, BytesUse use,
                                              const BytesProgress& progress) {
  std::vector<TensorBytes> all;
  for (std::size_t begin = 0, end = 0; begin < tensors.size(); begin = end) {
    CheckpointReader& shard = shard_of(*tensors[begin]);
    while (end < tensors.size() && &shard_of(*tensors[end]) == &shard) ++end;
    for (TensorBytes& bytes : shard.fetch(tensors.subspan(begin, end - begin), use, progress))
      all.push_back(std::move(bytes));
  }
  return all;
}

std::vector<fs::path> ShardedReader::files() const {
  std::vector<fs::path> files;
  for (const auto& shard : shards_) files.push_back(shard->files().front());
  return files;
}

}  // namespace modelhost

// A checkpoint of several files with an index.
#pragma once

#include <unordered_map>

#include "modelhost/checkpoint/checkpoint_reader.h"

namespace modelhost {

class ShardedReader : public CheckpointReader {
 public:
  /// A shard's name tells its format. Errors: kCheckpointIndex, kCheckpointUnsafeName, those of
  /// open_weights_file.
  explicit ShardedReader(const std::filesystem::path& index_path);

  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  TensorBytes bytes(const TensorInfo& tensor) override { return shard_of_.at(tensor.name)->bytes(tensor); }
  const std::map<std::string, std::string>& metadata() const override { return metadata_; }
  std::vector<std::filesystem::path> files() const override;

 private:
  void open_shards(const std::filesystem::path& index_path,
                   const std::map<std::string, std::string>& weight_map);

  std::vector<std::unique_ptr<CheckpointReader>> shards_;
  std::vector<TensorInfo> tensors_;
  std::unordered_map<std::string, CheckpointReader*> shard_of_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace modelhost

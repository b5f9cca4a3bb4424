// A checkpoint of several files with an index.
#pragma once

#include <unordered_map>

#include "modelhost/formats/checkpoint_reader.h"
#include "modelhost/formats/shard_index.h"

namespace modelhost {

class ShardedReader : public CheckpointReader {
 public:
  /// A shard's name tells its format. Errors: kCheckpointIndex, kCheckpointUnsafeName, those of
  /// open_weights_file.
  ShardedReader(const std::filesystem::path& index_path, ReadMode mode);

  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  TensorBytes bytes(const TensorInfo& tensor) override { return shard_of(tensor).bytes(tensor); }
  std::vector<TensorBytes> fetch(std::span<const TensorInfo* const> tensors, BytesUse use,
                                 const BytesProgress& progress) override;
  std::optional<TensorBytes> mapped_bytes(const TensorInfo& tensor) override {
    return shard_of(tensor).mapped_bytes(tensor);
  }
  ReadMode read_mode() const override { return shards_.front()->read_mode(); }
  const std::map<std::string, std::string>& metadata() const override { return metadata_; }
  std::vector<std::filesystem::path> files() const override;
  std::filesystem::path file_of(const TensorInfo& tensor) const override {
    return shard_of(tensor).files().front();
  }
  std::string stated_dtype() const override { return stated_dtype_; }
  std::vector<Dtype> dtypes_in_order() const override { return shards_.front()->dtypes_in_order(); }

 private:
  void open_shards(const std::filesystem::path& index_path, const ShardIndex& index, ReadMode mode);
  CheckpointReader& shard_of(const TensorInfo& tensor) const { return *shard_of_.at(tensor.name); }

  std::vector<std::unique_ptr<CheckpointReader>> shards_;  // in the order of their names
  std::vector<TensorInfo> tensors_;
  std::unordered_map<std::string, CheckpointReader*> shard_of_;
  std::map<std::string, std::string> metadata_;
  std::string stated_dtype_;
};

}  // namespace modelhost

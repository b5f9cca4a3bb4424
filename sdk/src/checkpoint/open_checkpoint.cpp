#include "modelhost/checkpoint/open_checkpoint.h"

#include <algorithm>

#include "modelhost/base/atomic_directory.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "sharded_reader.h"
#include "weights_file.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSafeWeights = "model.safetensors";
constexpr const char* kSafeIndex = "model.safetensors.index.json";
constexpr const char* kBinWeights = "pytorch_model.bin";
constexpr const char* kBinIndex = "pytorch_model.bin.index.json";

// Weights files of other kinds that are there, so that the message says why they do not count.
std::vector<std::string> other_weights(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code status;
  for (const auto& entry : fs::directory_iterator(directory, status)) {
    const std::string name = entry.path().filename().string();
    const std::string extension = entry.path().extension().string();
    const bool weights = extension == ".bin" || extension == ".safetensors" || extension == ".h5" ||
                         extension == ".msgpack" || name.starts_with("model.ckpt");
    if (weights) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::unique_ptr<CheckpointReader> open_file(const fs::path& path) {
  if (path.filename().string().ends_with(".index.json")) return std::make_unique<ShardedReader>(path);
  return open_weights_file(path);
}

}  // namespace

std::unique_ptr<CheckpointReader> open_checkpoint(const fs::path& path) {
  std::error_code status;
  if (!fs::exists(path, status)) {
    throw Error(codes::kNoSuchDirectory, "the model directory does not exist").file(path.string());
  }
  const bool is_directory = fs::is_directory(path, status);
  const DirectoryReading reading(is_directory ? path : path.parent_path());  // index and shards of one save
  if (!is_directory) return open_file(path);
  for (const char* name : {kSafeWeights, kSafeIndex, kBinWeights, kBinIndex}) {
    if (fs::exists(path / name, status)) return open_file(path / name);
  }
  const std::vector<std::string> others = other_weights(path);
  throw Error(codes::kCheckpointMissing, "no weights found")
      .file(path.string())
      .expected(join(std::vector<std::string>{kSafeWeights, kSafeIndex, kBinWeights, kBinIndex}, ", "))
      .got(others.empty() ? "no weights file" : "only " + join(others, ", "))
      .fix(others.empty()
               ? "give the directory that holds the weights"
               : "rename the file if it holds the model's weights, or save the checkpoint as safetensors");
}

}  // namespace modelhost

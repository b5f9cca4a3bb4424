#include "modelhost/formats/open_checkpoint.h"

#include <algorithm>

#include "inside_directory.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "modelhost/files/atomic_directory.h"
#include "modelhost/formats/checkpoint_names.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/weights_format.h"
#include "sharded_reader.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

// Weights files of other kinds that are there, so that the message says why they do not count.
std::vector<std::string> other_weights(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code status;
  for (const auto& entry : fs::directory_iterator(directory, status)) {
    const std::string name = entry.path().filename().string();
    if (looks_like_weights(name)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

// transformers asks for safetensors, for pytorch_model.bin, or for what there is.
bool is_wanted(const FormatRow& row, const CheckpointOptions& options) {
  const bool safe = row.format == WeightsFormat::kSafetensors;
  return options.use_safetensors.value_or(safe) == safe;
}

std::vector<CheckpointNames> wanted_files(const CheckpointOptions& options) {
  std::vector<CheckpointNames> files;
  for (const FormatRow& row : weights_formats()) {
    if (is_wanted(row, options)) files.emplace_back(options.variant, row.format);
  }
  return files;
}

fs::path found_in(const fs::path& directory, const std::string& name) {
  if (stays_inside(directory / name, directory)) return directory / name;
  throw Error(codes::kCheckpointUnsafeName, "a weights file is a link that leaves its directory")
      .file((directory / name).string())
      .expected("a file, or a link within the directory or into the blobs of its hub cache")
      .fix("give the path of the file that it points to, if you trust it");
}

Error nothing_found(const fs::path& directory, const CheckpointOptions& options) {
  std::vector<std::string> wanted;
  for (const CheckpointNames& files : wanted_files(options)) {
    wanted.push_back(files.single());
    wanted.push_back(files.index());
  }
  const std::vector<std::string> others = other_weights(directory);
  const bool restricted = options.use_safetensors.has_value() || !options.variant.empty();
  return Error(codes::kCheckpointMissing, "no weights found")
      .file(directory.string())
      .expected(join(wanted, ", "))
      .got(others.empty() ? "no weights file" : "only " + join(others, ", "))
      .fix(others.empty() ? "give the directory that holds the weights"
           : restricted
               ? "leave out `variant` and `use_safetensors`, or correct them"
               : "rename the file if it holds the model's weights, or save the checkpoint as safetensors");
}

}  // namespace

std::unique_ptr<CheckpointReader> open_sharded_checkpoint(const fs::path& directory, const std::string& index,
                                                          ReadMode mode) {
  return std::make_unique<ShardedReader>(found_in(directory, index), mode);
}

std::unique_ptr<CheckpointReader> open_checkpoint(const fs::path& path, const CheckpointOptions& options) {
  std::error_code status;
  if (!fs::exists(path, status)) {
    throw Error(codes::kNoSuchDirectory, "the model directory does not exist").file(path.string());
  }
  const bool is_directory = fs::is_directory(path, status);
  const DirectoryReading reading(is_directory ? path : path.parent_path());  // index and shards of one save
  if (!is_directory) {
    const std::string name = path.filename().string();
    const bool index = path.extension() == ".json" && name.find(".index.") != std::string::npos;
    if (index) return std::make_unique<ShardedReader>(path, options.read_mode);
    return open_weights_file(path, options.read_mode);
  }
  for (const CheckpointNames& files : wanted_files(options)) {
    if (fs::exists(fs::symlink_status(path / files.single(), status)))
      return open_weights_file(found_in(path, files.single()), options.read_mode);
    if (fs::exists(fs::symlink_status(path / files.index(), status)))
      return open_sharded_checkpoint(path, files.index(), options.read_mode);
  }
  throw nothing_found(path, options);
}

}  // namespace modelhost

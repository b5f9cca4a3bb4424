// Weights in another format, dtype or division into files.
#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "modelhost/formats/shard_plan.h"
#include "modelhost/formats/weights_format.h"

namespace modelhost::host {

struct ConvertOptions {
  WeightsFormat to = WeightsFormat::kSafetensors;
  std::optional<c10::ScalarType> dtype;  ///< float16, bfloat16, float32 or float64
  ByteSize max_shard_size = "5GB";
  std::string variant;   ///< of the files that are written
  bool dry_run = false;  ///< only tell what would be done
  /// Called with the bytes of weights written so far and altogether. May throw to stop.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

struct ConvertReport {
  std::filesystem::path directory;
  std::vector<std::string> files;             ///< weights and index, by name
  std::vector<std::string> copied;            ///< other files, relative paths
  std::vector<std::string> skipped;           ///< files of the source that were not copied, with the reason
  std::vector<std::string> removed;           ///< earlier weights of the same variant in the target
  std::map<std::string, int64_t> cast;        ///< tensors that got the dtype asked for, by their dtype before
  std::map<std::string, int64_t> kept;        ///< tensors that kept theirs, by dtype
  std::map<std::string, int64_t> overflowed;  ///< tensor -> finite values that became infinite
  int64_t tensors = 0;
  int64_t shared = 0;  ///< names that have the data of another one (in PyTorch's format)
  uint64_t bytes = 0;  ///< of tensors in the files
  double seconds = 0;
};

/// Reads the weights of `in` (a model directory or a weights file) and writes them into the directory `out`,
/// which may be the same. Every name stays, in safetensors also names that share data; in PyTorch's format
/// they go on sharing. With `dtype` the tensors that are float16, bfloat16, float32 or float64 are rounded to
/// it, others stay as they are, and config.json says so. Files beside the weights come along when `in` is a
/// model directory, or a file in one.
///
/// One tensor at a time is in memory. `out` changes in one step (see AtomicDirectory): earlier weights of the
/// variant go, other files stay. Where a journal is needed, files in sub-directories are put in place just
/// before. Errors: those of open_checkpoint and AtomicDirectory; kSaveOption (quantised weights under
/// `dtype`, an unusable variant), kLoadDtype (a dtype that the format does not know). After an error the
/// weights in `out` are as before.
ConvertReport convert_checkpoint(const std::filesystem::path& in, const std::filesystem::path& out,
                                 const ConvertOptions& options);

}  // namespace modelhost::host

// Everything that is wrong with the weights of a model directory, not only the first thing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace modelhost {

enum class Severity : uint8_t {
  kError,    ///< does not load, or not as it was meant
  kWarning,  ///< loads, but something is left over, contradictory or suspicious
  kNote,     ///< good to know
};

std::string_view severity_name(Severity severity);  ///< "error", "warning", "note"

struct Finding {
  Severity severity = Severity::kError;
  std::string check;    ///< a stable name, e.g. "shard-missing"
  std::string file;     ///< name in the directory; may be empty
  std::string key;      ///< a tensor, or a key of a JSON file; may be empty
  std::string message;  ///< one line
  std::string code;     ///< of the error that a reader gave, e.g. "S107"; may be empty
};

struct VerifyOptions {
  bool values = false;  ///< also read all data: numbers that are not finite, checksums of pytorch_model.bin
  std::function<void(uint64_t done, uint64_t total)> progress;  ///< bytes of data, with `values`
};

struct VerifyReport {
  std::filesystem::path directory;
  std::vector<Finding> findings;  ///< errors first, otherwise in the order of discovery
  int64_t files = 0;              ///< weights files that could be read
  int64_t tensors = 0;            ///< in them
  uint64_t bytes = 0;

  /// No errors and no warnings.
  bool clean() const;
};

/// Checks all weights of `directory`, in both formats and all variants: that files are whole and their
/// headers consistent; that index and shards agree in both directions; the index's totals; shards that no
/// index names, an index that is not read, leftovers of saves that were interrupted; tied tensors against
/// config.json; that config.json can be read; entries that are no files. Changes nothing: what
/// `recover_directory` would repair is only reported. Nothing is executed, and a damaged or hostile directory
/// makes findings. Errors: kNoSuchDirectory, kFileUnreadable (the directory itself); what `progress` throws.
VerifyReport verify_checkpoint(const std::filesystem::path& directory, const VerifyOptions& options = {});

}  // namespace modelhost

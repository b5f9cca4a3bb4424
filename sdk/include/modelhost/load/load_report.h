// What happened while weights went into a model: data for a caller, text for a person.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace modelhost {

struct MismatchedKey {
  std::string key;  ///< name in the model
  std::vector<int64_t> checkpoint_shape;
  std::vector<int64_t> model_shape;
};

/// The counterpart of transformers' `output_loading_info`, and where the bytes went.
struct LoadReport {
  std::vector<std::string> missing_keys;     ///< in the model, not in the checkpoint: newly initialised
  std::vector<std::string> unexpected_keys;  ///< in the checkpoint, not in the model: not used
  std::vector<MismatchedKey>
      mismatched_keys;  ///< other shape: newly initialised (with ignore_mismatched_sizes)

  std::vector<std::string> files;
  int64_t tensors_assigned = 0;  ///< parameters that are views of the mapped file
  int64_t tensors_copied = 0;    ///< parameters that were copied or cast
  uint64_t bytes_assigned = 0;
  uint64_t bytes_copied = 0;
  double seconds = 0;

  bool complete() const { return missing_keys.empty() && unexpected_keys.empty() && mismatched_keys.empty(); }
  /// One line on what was loaded and, if not complete, the lists with what they mean.
  std::string to_text() const;
};

}  // namespace modelhost

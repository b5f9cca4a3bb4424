// What happened while weights went into a model: data for a caller, text for a person.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modelhost/base/json.h"
#include "modelhost/load/load_options.h"

namespace modelhost {

struct MismatchedKey {
  std::string key;  ///< name in the model
  std::vector<int64_t> checkpoint_shape;
  std::vector<int64_t> model_shape;
  std::string file = {};  ///< the weights file that the tensor stands in; empty for tensors in memory
};

/// The counterpart of transformers' `output_loading_info`, and where the bytes went.
struct LoadReport {
  std::vector<std::string> missing_keys;     ///< in the model, not in the checkpoint: newly initialised
  std::vector<std::string> unexpected_keys;  ///< in the checkpoint, not in the model: not used. Under the
                                             ///< names that they have after renaming, as in transformers
  std::vector<MismatchedKey>
      mismatched_keys;  ///< other shape: newly initialised (with ignore_mismatched_sizes)
  /// Parameters and buffers that got new values: missing ones (those of an ignore list too) and mismatched
  /// ones; of tied names the first.
  std::vector<std::string> newly_initialized;
  /// What was odd but did not stop loading, e.g. two tensors of the checkpoint for one parameter.
  std::vector<std::string> error_msgs;

  std::vector<std::string> files;
  std::string read_mode;         ///< "map", "parallel" or "sequential"
  DeviceMap device_map;          ///< where modules are (transformers' `hf_device_map`)
  int64_t tensors_assigned = 0;  ///< parameters that are the checkpoint's own bytes, mapped or read
  int64_t tensors_copied = 0;    ///< parameters that were copied or cast
  uint64_t bytes_assigned = 0;
  uint64_t bytes_copied = 0;
  double seconds = 0;

  bool complete() const { return missing_keys.empty() && unexpected_keys.empty() && mismatched_keys.empty(); }
  /// One line on what was loaded and, if not complete, the lists with what they mean.
  std::string to_text() const;
  /// Every field under its name here; mismatched_keys is a list of {key, checkpoint_shape, model_shape,
  /// file}.
  Json to_json() const;
};

}  // namespace modelhost

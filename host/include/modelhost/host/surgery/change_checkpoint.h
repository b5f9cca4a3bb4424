// A checkpoint in, a changed model as a checkpoint out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "modelhost/formats/shard_plan.h"
#include "modelhost/formats/weights_format.h"
#include "modelhost/host/host.h"
#include "modelhost/host/surgery/model_figures.h"

namespace modelhost::host {

struct ChangeOptions {
  std::optional<std::string> architecture;  ///< instead of the class that config.json names
  WeightsFormat to = WeightsFormat::kSafetensors;
  ByteSize max_shard_size = "5GB";
  bool drop_unexpected = false;  ///< tensors that the class does not have may be lost
  bool dry_run = false;          ///< only tell what would be done
  /// Called with bytes of weights, done and altogether. May throw to stop.
  std::function<void(uint64_t done, uint64_t total)> loading, writing;
};

struct ChangeReport {
  std::filesystem::path directory;
  std::string architecture;  ///< the class
  std::string dtype;         ///< "float32" …
  ModelFigures before, after;
  std::vector<std::string> files;      ///< written from the model, by name
  std::vector<std::string> copied;     ///< other files, relative paths
  std::vector<std::string> skipped;    ///< files of the source that were not copied, with the reason
  std::vector<std::string> removed;    ///< earlier weights in the target
  std::vector<std::string> dropped;    ///< tensors that are lost (`drop_unexpected`)
  std::vector<std::string> unchanged;  ///< weights in other formats that stay in the target as they were
  double seconds = 0;

  Json to_json() const;
};

/// What is done to the model. Called twice: first for a model of placeholders, so that wrong arguments are
/// found before any weight is read, then for the loaded one.
using ModelChange = std::function<void(PreTrainedModel& model)>;

/// Loads `source` (a model directory or a weights file with its config beside it), changes the model and
/// writes it into the directory `out`, which may be the same, with the files beside the weights. `out`
/// changes in one step (see AtomicDirectory). The dtype is one that holds all weights of the file exactly.
///
/// Nothing is made up and nothing lost silently. Errors: kLoadIncomplete that lists the weights which the
/// checkpoint lacks, or those which the class does not have (tensors that the class itself declares useless
/// do not count); kLoadMismatch; those of Host::load_model, `change` and save_pretrained. After an error
/// `out` is as before.
ChangeReport change_checkpoint(Host& host, const ModelSource& source, const std::filesystem::path& out,
                               const ModelChange& change, const ChangeOptions& options);

}  // namespace modelhost::host

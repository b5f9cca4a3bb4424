// A model's files as one save left them.
#pragma once

#include <exception>
#include <filesystem>
#include <memory>
#include <optional>

#include "modelhost/config/generation_config.h"
#include "modelhost/formats/checkpoint_reader.h"
#include "modelhost/load/from_pretrained.h"

namespace modelhost {

/// config.json is read and the weights are opened while no save of ours can change the directory: the class
/// that is looked up by the one and what comes from the others belong together, whatever is saved there
/// meanwhile. Weights that cannot be opened are an error when they are asked for, since a model type that
/// nobody knows is told first.
class PretrainedFiles {
 public:
  /// The files that `from_pretrained` reads for `path`. Errors: those of config_json_of and DirectoryReading.
  PretrainedFiles(const std::filesystem::path& path, const FromPretrainedOptions& options);

  const ConfigJson& config() const { return config_; }
  /// Errors: those of open_checkpoint.
  CheckpointReader& weights() const;
  /// Errors: those of GenerationConfig::from_pretrained.
  const std::optional<GenerationConfig>& generation_config() const;

 private:
  ConfigJson config_;
  std::unique_ptr<CheckpointReader> weights_;
  std::optional<GenerationConfig> generation_;
  std::exception_ptr weights_error_, generation_error_;
};

}  // namespace modelhost

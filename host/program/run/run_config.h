// A run config: which model, what to do with it, on which inputs, and where the results go.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modelhost/formats/read_mode.h"
#include "modelhost/host/hub/model_source.h"
#include "modelhost/load/load_options.h"
#include "task.h"

namespace modelhost::host {

/// The largest number of anything that is counted in a run config.
inline constexpr int64_t kMostCounted = 1 << 20;

/// `input:`. At most one of the two is given.
struct RunInput {
  std::vector<std::string> texts = {};
  std::optional<std::filesystem::path> file = {};  ///< one text a line
};

/// `output:`.
struct RunOutput {
  std::string format;                         ///< one of the task's
  std::optional<std::filesystem::path> path;  ///< unset: stdout
};

struct RunConfig {
  std::filesystem::path file;  ///< the config itself
  ModelSource model;           ///< a relative path in the file is relative to it
  std::string task_name = {};
  std::shared_ptr<Task> task = {};               ///< has read its options
  std::optional<std::string> architecture = {};  ///< a class name instead of the one in config.json
  std::vector<std::filesystem::path> plugin_dirs = {};
  int64_t threads = 0;              ///< 0: as many as LibTorch chooses
  FromPretrainedOptions load = {};  ///< dtype, attention, device, variant, read_mode
  RunInput input = {};
  RunOutput output = {};
};

/// Reads a run config (configs/schemas/run.schema.json describes the format). `overrides` are texts
/// "key.path=value" that replace or add values as if they stood in the file; `model`, if set, replaces
/// `model:`. Relative paths are relative to the file's directory. All paths come back absolute; none needs to
/// exist. Errors: kFileUnreadable, kNotRegularFile; kYamlSyntax, kYamlMissingKey, kYamlUnknownKey,
/// kYamlValue, each with line and column; those of find_task; kUsage for an override that is no assignment.
RunConfig load_run_config(const std::filesystem::path& path, const std::vector<std::string>& overrides = {},
                          const std::optional<ModelSource>& model = std::nullopt);

}  // namespace modelhost::host

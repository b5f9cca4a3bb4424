// A run config: which model, what to do with it, on which inputs, and where the results go.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "modelhost/formats/read_mode.h"

namespace modelhost::host {

/// `options:` of a run config. An unset option is decided by the task or the checkpoint.
struct RunOptions {
  int64_t batch_size = 32;
  int64_t threads = 0;             ///< 0: as many as LibTorch chooses
  std::string dtype = "auto";      ///< auto (as stored), float32, float16, bfloat16
  std::string attention = "sdpa";  ///< transformers' attn_implementation: sdpa or eager
  std::string device = "cpu";
  std::string variant;  ///< "fp16": model.fp16.safetensors
  ReadMode read_mode = ReadMode::kAuto;
  std::optional<int64_t> max_length;   ///< tokens per text; longer ones are cut
  std::optional<bool> normalize;       ///< embeddings: overrides what the checkpoint's own files say
  std::optional<std::string> pooling;  ///< embeddings: mean, cls, max, last or none
};

/// `input:`. At most one of the two is given.
struct RunInput {
  std::vector<std::string> texts;
  std::optional<std::filesystem::path> file;  ///< one text a line
};

/// `output:`.
struct RunOutput {
  std::string format = "table";               ///< table, jsonl or npy
  std::optional<std::filesystem::path> path;  ///< unset: stdout
};

struct RunConfig {
  std::filesystem::path file;               ///< the config itself
  std::filesystem::path model;              ///< directory
  std::string task;                         ///< which tasks there are is not known here
  std::optional<std::string> architecture;  ///< a class name instead of the one in config.json
  std::vector<std::filesystem::path> plugin_dirs;
  RunOptions options;
  RunInput input;
  RunOutput output;
};

/// Reads a run config (configs/schemas/run.schema.json describes the format). `overrides` are texts
/// "key.path=value" that replace or add values as if they stood in the file; `model`, if set, replaces
/// `model:` and is relative to the working directory. Other relative paths are relative to the file's
/// directory. All paths come back absolute; none needs to exist. Errors: kFileUnreadable, kNotRegularFile;
/// kYamlSyntax, kYamlMissingKey, kYamlUnknownKey, kYamlValue, each with line and column; kUsage for an
/// override that is no assignment.
RunConfig load_run_config(const std::filesystem::path& path, const std::vector<std::string>& overrides = {},
                          const std::optional<std::filesystem::path>& model = std::nullopt);

}  // namespace modelhost::host

// What a run config can ask for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/host/host.h"
#include "modelhost/host/yaml/yaml_reader.h"

namespace modelhost::host {

struct RunConfig;

/// Where a task gets its texts, puts its results and tells how far it is.
struct TaskIo {
  std::vector<std::string> texts;
  std::ostream& out;
  std::function<void(int64_t done)> progress;
  /// Bytes of weights, while the model is loaded.
  std::function<void(uint64_t done, uint64_t total)> load_progress = {};
};

/// A thin adapter between a run config and an object of the library that does the work. All that one task
/// has of its own, options and forms of output, stands in its file.
class Task {
 public:
  virtual ~Task() = default;
  /// Takes its own keys of `options:`. Errors: kYamlValue.
  virtual void read_options(const YamlMap& options) = 0;
  /// Errors: those of the object.
  virtual void run(Host& host, const RunConfig& config, TaskIo& io) = 0;
};

struct TaskKind {
  std::string_view name;
  std::span<const std::string_view> option_keys;  ///< of `options:`, beside those that every task has
  std::span<const std::string_view> formats;      ///< of `output.format`; without that key the first counts
  std::unique_ptr<Task> (*make)();
};

/// All there are.
std::span<const TaskKind> task_kinds();

/// What the value of `task:` names. `config_file` is for messages. Errors: kYamlValue listing the tasks there
/// are.
const TaskKind& find_task(const std::string& name, const std::string& config_file);

/// The formats of all tasks, each once.
std::vector<std::string> output_formats();

}  // namespace modelhost::host

// What a run config can ask for.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "modelhost/host/host.h"
#include "run_config.h"

namespace modelhost::host {

/// Where a task gets its texts, puts its results and tells how far it is.
struct TaskIo {
  std::vector<std::string> texts;
  std::ostream& out;
  std::function<void(int64_t done)> progress;
  /// Bytes of weights, while the model is loaded.
  std::function<void(uint64_t done, uint64_t total)> load_progress = {};
};

using Task = void (*)(Host& host, const RunConfig& config, TaskIo& io);

/// What `config.task` names. Errors: kYamlValue listing the tasks there are.
Task find_task(const RunConfig& config);

/// The texts of a config: those in it, or the lines of its input file ("-" is `standard_input`). A line ends
/// with \n or \r\n; the end of the last line is optional; an empty line is an empty text; a byte order mark
/// in front of the first is dropped. Errors: kTaskInput when the config names no input or the file has no
/// line; kTokenizerUtf8 with the line; kFileUnreadable.
std::vector<std::string> read_texts(const RunConfig& config, std::istream& standard_input);

}  // namespace modelhost::host

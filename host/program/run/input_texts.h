// The texts that a run config names.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "run_config.h"

namespace modelhost::host {

/// The texts of `input`, or the lines of its file ("-" is `standard_input`). A line ends with \n or \r\n; the
/// end of the last line is optional; an empty line is an empty text; a byte order mark in front of the first
/// is dropped. `config_file` is for messages. Errors: kTaskInput when `input` names nothing or the file has
/// no line; kTokenizerUtf8 with the line; kFileUnreadable.
std::vector<std::string> read_texts(const RunInput& input, const std::filesystem::path& config_file,
                                    std::istream& standard_input);

}  // namespace modelhost::host

// Runs a program and keeps what it says.
#pragma once

#include <string>
#include <vector>

namespace modelhost::test {

struct ProgramResult {
  int status = -1;  ///< exit status, or 128 + the signal that ended it
  std::string out, err;
};

/// Runs `arguments[0]` with the others, `input` on its standard input, and waits for its end.
/// `environment` holds "NAME=value" entries that are added.
ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& input = "",
                          const std::vector<std::string>& environment = {});

}  // namespace modelhost::test

// A mapped weights file that somebody truncates raises SIGBUS when its lost part is read.
#pragma once

namespace modelhost::host {

/// Turns such a SIGBUS into error IO106 naming the file and exit status 1. Any other SIGBUS keeps its
/// meaning.
void install_mapped_file_guard();

}  // namespace modelhost::host

// Where an output file is to be written.
#pragma once

#include <filesystem>
#include <string>

namespace modelhost::host {

struct OutputPlace {
  std::filesystem::path path;  ///< links followed
  bool replace = true;         ///< false: a device or a pipe, which is written into and never replaced
};

/// Errors: kFileUnwritable for an empty path and for a directory.
OutputPlace output_place(const std::filesystem::path& path);

/// Creates an empty file beside `path` whose name nobody else has, to be renamed to `path` when it is
/// complete. Errors: kFileUnwritable.
std::filesystem::path make_stage_file(const std::filesystem::path& path);

}  // namespace modelhost::host

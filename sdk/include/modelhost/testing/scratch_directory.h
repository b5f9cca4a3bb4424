// A directory that is gone when the case or test is over; for the kit and for a plugin's own tests.
#pragma once

#include <filesystem>
#include <string_view>

namespace modelhost::testing {

class ScratchDirectory {
 public:
  /// A new one below the system's folder for temporary files. Errors: kFileUnwritable.
  ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();

  /// Absolute, without links.
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace modelhost::testing

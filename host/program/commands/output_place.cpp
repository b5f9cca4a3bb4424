#include "output_place.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "modelhost/base/error_codes.h"
#include "modelhost/files/file_writer.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

constexpr int kAttempts = 100;  // names may be left over from processes that were killed

// Creates `stage` with the mode of the file that it will replace, if there is one. Returns 0 or an errno.
int create(const fs::path& stage, const fs::path& replaced) {
  const int file = ::open(stage.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return errno;
  struct stat status {};
  const bool keeps_mode = ::stat(replaced.c_str(), &status) == 0;
  const int problem = keeps_mode && ::fchmod(file, status.st_mode & 07777) != 0 ? errno : 0;
  ::close(file);
  if (problem != 0) ::unlink(stage.c_str());
  return problem;
}

}  // namespace

OutputPlace output_place(const fs::path& path) {
  if (path.empty()) throw Error(codes::kFileUnwritable, "the output file has no name").expected("a path");
  std::error_code status;
  const auto type = fs::status(path, status).type();
  if (type == fs::file_type::not_found) return {path};
  if (type == fs::file_type::directory) throw unwritable(path, EISDIR);
  if (type != fs::file_type::regular) return {path, /*replace=*/false};
  return {fs::canonical(path)};
}

fs::path make_stage_file(const fs::path& path) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    fs::path stage =
        path.string() + "." + std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".part";
    const int problem = create(stage, path);
    if (problem == 0) return stage;
    if (problem != EEXIST) throw unwritable(path, problem);
  }
  throw unwritable(path, EEXIST);
}

}  // namespace modelhost::host

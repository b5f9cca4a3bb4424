#include "output_place.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/file_writer.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

mode_t usual_mode(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return status.st_mode & 07777;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
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
  std::string pattern = path.string() + ".XXXXXX";
  const int file = ::mkstemp(pattern.data());
  if (file < 0) throw unwritable(path, errno);
  const int problem = ::fchmod(file, usual_mode(path)) == 0 ? 0 : errno;
  ::close(file);
  if (problem == 0) return pattern;
  ::unlink(pattern.c_str());
  throw unwritable(path, problem);
}

}  // namespace modelhost::host

#include "loader/host_library.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include "modelhost/plugin/abi_check.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

// An address inside this library. A function's would not do: a program may hold its own stub for it.
const char kHere = 0;

fs::path library_of(const void* address) {
  Dl_info info{};
  if (::dladdr(address, &info) == 0 || !info.dli_fname) return {};
  std::error_code problem;
  const fs::path library = fs::canonical(info.dli_fname, problem);
  return problem ? fs::path() : library;
}

std::string size_and_time(const fs::path& file) {
  struct stat status {};
  if (file.empty() || ::stat(file.c_str(), &status) != 0) return "unknown";
  return std::to_string(status.st_size) + "@" + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec);
}

}  // namespace

fs::path host_library_folder() {
  return library_of(&kHere).parent_path();
}

std::string host_build_id() {
  static const AbiStamp& stamp = host_abi_stamp();
  static const std::string id = std::string(MODELHOST_VERSION) + " " + std::to_string(stamp.header_hash) +
                                " " + std::to_string(stamp.torch_abi) + " " +
                                size_and_time(library_of(&kHere)) + " " + size_and_time(library_of(&stamp));
  return id;
}

}  // namespace modelhost::host

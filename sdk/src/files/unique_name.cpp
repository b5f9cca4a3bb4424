#include "unique_name.h"

#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <random>
#include <span>

#include "base/crc32.h"

namespace modelhost {
namespace {

constexpr std::size_t kHexDigits = 16, kMachineDigits = 8;
constexpr std::time_t kDay = 24 * 60 * 60;

// statfs's f_type, of <linux/magic.h> and of file systems outside the kernel.
constexpr std::array<uint32_t, 13> kNetworkFileSystems{
    0x6969,      // NFS
    0x517B,      // SMB
    0xFE534D42,  // SMB 2
    0xFF534D42,  // CIFS
    0x65735546,  // FUSE: sshfs, GlusterFS, buckets
    0x0BD00BD0,  // Lustre
    0x00C36400,  // Ceph
    0x5346414F,  // AFS
    0x01021997,  // 9P
    0x47504653,  // GPFS
    0x19830326,  // BeeGFS
    0x01161970,  // GFS2
    0x7461636F,  // OCFS2
};

std::string machine_digits() {
  struct utsname name {};
  ::uname(&name);
  const std::string_view node(name.nodename);
  char text[kMachineDigits + 1];
  std::snprintf(text, sizeof text, "%08x", crc32(std::as_bytes(std::span(node))));
  return text;
}

bool made_here(std::string_view suffix) {
  return suffix.substr(suffix.find('-') + 1, kMachineDigits) == machine_digits();
}

bool is_old(const std::filesystem::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && std::time(nullptr) - status.st_mtime > kDay;
}

}  // namespace

std::string unique_suffix() {
  std::random_device random;
  char text[kHexDigits + 1];
  std::snprintf(text, sizeof text, "%08x", random());
  return std::to_string(::getpid()) + "-" + machine_digits() + text;
}

bool is_unique_suffix(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || dash == 0 || text.size() != dash + 1 + kHexDigits) return false;
  return text.substr(0, dash).find_first_not_of("0123456789") == std::string_view::npos &&
         text.substr(dash + 1).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

DirectoryLock lock_if_dead(const std::filesystem::path& path, std::string_view suffix) {
  if (!made_here(suffix) && is_network_file_system(path) && !is_old(path)) return {};
  return DirectoryLock::try_once(path);
}

bool is_network_file_system(const std::filesystem::path& path) {
  struct statfs status {};
  if (::statfs(path.c_str(), &status) != 0) return false;
  return std::ranges::find(kNetworkFileSystems, static_cast<uint32_t>(status.f_type)) !=
         kNetworkFileSystems.end();
}

}  // namespace modelhost

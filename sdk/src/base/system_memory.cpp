#include "system_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace modelhost {
namespace {

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

uint64_t number_in(const std::string& path, uint64_t otherwise) {
  std::ifstream file(path);
  uint64_t number = 0;
  return file >> number ? number : otherwise;  // "max" is no number
}

// Version 2 of control groups, as seen from inside a container.
constexpr const char* kGroupLimit = "/sys/fs/cgroup/memory.max";
constexpr const char* kGroupUsage = "/sys/fs/cgroup/memory.current";

uint64_t system_available(uint64_t otherwise) {
  std::ifstream file("/proc/meminfo");
  std::string key;
  uint64_t kilobytes = 0;
  for (std::string unit; file >> key >> kilobytes;) {
    if (key == "MemAvailable:") return kilobytes * 1024;
    std::getline(file, unit);
  }
  return otherwise;
}

uint64_t page_size() {
  return static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

// What `ulimit -v` leaves: address space, so mapped files count as used.
uint64_t address_space_left() {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kNoLimit;
  const auto used = number_in("/proc/self/statm", 0) * page_size();
  return limit.rlim_cur - std::min<uint64_t>(limit.rlim_cur, used);
}

}  // namespace

uint64_t physical_memory() {
  const auto pages = static_cast<uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
  const uint64_t memory = pages * page_size();
  return std::min(memory, number_in(kGroupLimit, kNoLimit));
}

uint64_t available_memory() {
  const uint64_t available = std::min(system_available(physical_memory()), address_space_left());
  const uint64_t limit = number_in(kGroupLimit, kNoLimit);
  if (limit == kNoLimit) return available;
  return std::min(available, limit - std::min(limit, number_in(kGroupUsage, 0)));
}

uint64_t resident_memory() {
  std::ifstream file("/proc/self/statm");
  uint64_t size = 0, resident = 0;
  return file >> size >> resident ? resident * page_size() : 0;
}

}  // namespace modelhost

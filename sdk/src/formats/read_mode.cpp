#include "modelhost/formats/read_mode.h"

#include <algorithm>
#include <array>

#include "base/system_memory.h"

namespace modelhost {
namespace {

constexpr std::array<std::string_view, 4> kNames{"auto", "map", "parallel", "sequential"};

// statfs(2) and the kernel's magic.h.
constexpr std::array<int64_t, 15> kNetwork{
    0x6969,      // NFS
    0xFF534D42,  // CIFS
    0xFE534D42,  // SMB2
    0x517B,      // SMB
    0x00C36400,  // Ceph
    0x0BD00BD0,  // Lustre
    0x5346414F,  // AFS
    0x6B414653,  // kAFS
    0x01021997,  // 9P
    0x73757245,  // Coda
    0x564C,      // NCP
    0x47504653,  // GPFS
    0x19830326,  // BeeGFS
    0x20030528,  // OrangeFS
    0x01161970,  // GFS2
};
constexpr int64_t kFuse = 0x65735546;

bool is_network(int64_t type) {
  // f_type is a signed 32-bit number on some machines.
  return std::ranges::any_of(kNetwork, [type](int64_t known) {
    return static_cast<uint32_t>(known) == static_cast<uint32_t>(type);
  });
}

}  // namespace

std::string_view read_mode_name(ReadMode mode) {
  return kNames[static_cast<std::size_t>(mode)];
}

std::optional<ReadMode> read_mode_from_name(std::string_view name) {
  const auto it = std::ranges::find(kNames, name);
  if (it == kNames.end()) return std::nullopt;
  return static_cast<ReadMode>(it - kNames.begin());
}

ReadMode choose_read_mode(const ReadFacts& facts) {
  const bool fuse = static_cast<uint32_t>(facts.file_system_type) == static_cast<uint32_t>(kFuse);
  if (!fuse && !is_network(facts.file_system_type)) return ReadMode::kMap;
  if (facts.file_size > facts.available_memory / 4 * 3) return ReadMode::kMap;
  return fuse ? ReadMode::kSequential : ReadMode::kParallel;
}

ReadMode resolve_read_mode(ReadMode wanted, const InputFile& file) {
  if (wanted != ReadMode::kAuto) return wanted;
  return choose_read_mode({file.file_system_type(), file.size(), available_memory()});
}

}  // namespace modelhost

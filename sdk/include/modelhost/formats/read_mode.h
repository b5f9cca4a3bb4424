// How the bytes of weights files come into memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "modelhost/files/input_file.h"

namespace modelhost {

enum class ReadMode {
  kAuto,        ///< one of the others, by file system and free memory: see choose_read_mode
  kMap,         ///< mapped: nothing is read before it is used, and memory pressure may drop it again
  kParallel,    ///< read into memory of its own by several threads at once
  kSequential,  ///< read into memory of its own from front to back in large pieces
};

/// "auto", "map", "parallel", "sequential".
std::string_view read_mode_name(ReadMode mode);
std::optional<ReadMode> read_mode_from_name(std::string_view name);

/// What `auto` looks at.
struct ReadFacts {
  int64_t file_system_type = 0;   ///< InputFile::file_system_type
  uint64_t file_size = 0;         ///< bytes
  uint64_t available_memory = 0;  ///< bytes
};

/// What `auto` means. A local file is mapped. Over a network (NFS, SMB, Ceph, Lustre, AFS, 9P and others)
/// each page fault is a round trip, which makes a mapping many times slower than reading: such a file is read
/// in parallel. A FUSE file system (sshfs, buckets mounted as folders) is read sequentially, which is what
/// their read-ahead is made for. Where the file would take more than three quarters of the memory that is
/// left, it is mapped nevertheless: mapped pages can be dropped again. Never kAuto.
ReadMode choose_read_mode(const ReadFacts& facts);

/// `wanted`, or for kAuto what choose_read_mode says about the file.
ReadMode resolve_read_mode(ReadMode wanted, const InputFile& file);

}  // namespace modelhost

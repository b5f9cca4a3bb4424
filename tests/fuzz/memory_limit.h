// What a parser may allocate for an input of at most 64 KiB, whatever the input says.
#pragma once

namespace modelhost::fuzz {

/// While it lives, the process ends with a message as soon as more than 64 MiB are allocated beyond what was
/// when it was made. One at a time; for programs built with AddressSanitizer, whose allocator tells of every
/// allocation.
class MemoryLimit {
 public:
  MemoryLimit();
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;
  ~MemoryLimit();
};

}  // namespace modelhost::fuzz

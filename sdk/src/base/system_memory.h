// How much memory there is.
#pragma once

#include <cstdint>

namespace modelhost {

/// Bytes of memory of this machine, or of the control group that the process is in if that is less.
uint64_t physical_memory();

/// Bytes that can be allocated without swapping, as the system estimates it (MemAvailable), and within what
/// the control group and the process's own limit of address space leave.
uint64_t available_memory();

/// Bytes of this process that are in memory (its resident set). 0 where the system does not tell.
uint64_t resident_memory();

}  // namespace modelhost

// Faults in calls that change files: linked into a test, or preloaded into any program.
//
// The shim counts the calls of this process that create, write, link, rename, remove or sync (writes to
// descriptors 0 to 2 apart), and at call N does what it was told. Not armed, it only counts.
#pragma once

#include <cstdint>

extern "C" {

enum FaultKind : int {
  kFaultNone = 0,
  kFaultKill = 1,      // SIGKILL before the call
  kFaultKillTorn = 2,  // half of a write, then SIGKILL; counts writes only
  kFaultError = 3,     // the call fails with `error`
  kFaultShort = 4,     // only half of a write is done; counts writes only
};

/// What happens at the `at`-th counted call from now (1 is the next one).
void fault_arm(int kind, int64_t at, int error);
/// Calls counted since the last fault_arm.
int64_t fault_calls();
/// From now on: renameat2 or link fails with `error` (0: works); statvfs tells that `free_bytes` are free
/// (negative: the truth); statfs says that this is NFS.
void fault_set_exchange_error(int error);
void fault_set_link_error(int error);
void fault_set_free_bytes(int64_t free_bytes);
void fault_set_network(bool network);

/// A counted call that succeeded. What a call does not have is 0 or null.
struct FaultCall {
  const char* name;
  const char* path;
  const char* other;  // the second path
  int fd;
  const void* bytes;
  int64_t count;
  unsigned flags;  // of renameat2
};
/// Called after each of them, until it is set to null.
void fault_set_observer(void (*observer)(const FaultCall& call));
}

// Also for LD_PRELOAD: MODELHOST_FAULT="kind at error" arms it when the program starts.
#include "fault_shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>

namespace {

std::atomic<int64_t> calls{0};
int fault_kind = kFaultNone, fault_error = 0, exchange_error = 0, link_error = 0;
int64_t fault_at = 0, free_bytes = -1;
bool network = false;
void (*observer)(const FaultCall&) = nullptr;

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  while (true) ::pause();
}

// Counts one call. True: it fails, errno is set. `torn` tells that half of a write is to be done.
bool strikes(bool* torn = nullptr) {
  const bool writes_only = fault_kind == kFaultKillTorn || fault_kind == kFaultShort;
  if (writes_only && !torn) return false;
  if (++calls != fault_at) return false;
  if (fault_kind == kFaultError) {
    errno = fault_error;
    return true;
  }
  if (fault_kind == kFaultKill) die();
  if (writes_only) *torn = true;
  return false;
}

// Tells of a call that succeeded, and gives its result back.
template <typename Result>
Result observed(Result result, const FaultCall& call) {
  if (result == -1 || !observer) return result;
  const int before = errno;
  observer(call);
  errno = before;
  return result;
}

template <typename Write>
ssize_t faulty_write(int fd, size_t count, Write write) {
  if (fd <= 2) return write(count);
  bool torn = false;
  if (strikes(&torn)) return -1;
  if (!torn) return write(count);
  const ssize_t done = write(count > 1 ? count / 2 : count);
  if (fault_kind == kFaultKillTorn) die();
  return done;
}

bool changes(int flags) {
  return (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_ACCMODE) != O_RDONLY;
}

struct Environment {
  Environment() {
    const char* text = ::getenv("MODELHOST_FAULT");
    int kind = 0, error = 0;
    long long at = 0;
    if (text && ::sscanf(text, "%d %lld %d", &kind, &at, &error) >= 2) fault_arm(kind, at, error);
  }
} environment;

}  // namespace

// After the arguments: the members of the FaultCall after its name.
#define MODELHOST_INTERPOSE(result, name, parameters, arguments, ...)                              \
  extern "C" result name parameters {                                                              \
    static const auto real = next<result(*) parameters>(#name);                                    \
    return strikes() ? -1 : observed(real arguments, FaultCall{#name __VA_OPT__(, ) __VA_ARGS__}); \
  }

#define MODELHOST_INTERPOSE_OPEN(name)                                                   \
  extern "C" int name(const char* path, int flags, ...) {                                \
    static const auto real = next<int (*)(const char*, int, ...)>(#name);                \
    va_list rest;                                                                        \
    va_start(rest, flags);                                                               \
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                                        \
    if (!changes(flags)) return real(path, flags, mode);                                 \
    return strikes() ? -1 : observed(real(path, flags, mode), FaultCall{"open", path});  \
  }

#define MODELHOST_INTERPOSE_OPENAT(name)                                                 \
  extern "C" int name(int dir, const char* path, int flags, ...) {                       \
    static const auto real = next<int (*)(int, const char*, int, ...)>(#name);           \
    va_list rest;                                                                        \
    va_start(rest, flags);                                                               \
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                                        \
    return changes(flags) && strikes() ? -1 : real(dir, path, flags, mode);              \
  }

extern "C" {

void fault_arm(int kind, int64_t at, int error) {
  fault_kind = kind;
  fault_at = at;
  fault_error = error;
  calls = 0;
}

int64_t fault_calls() {
  return calls;
}
void fault_set_exchange_error(int error) {
  exchange_error = error;
}
void fault_set_link_error(int error) {
  link_error = error;
}
void fault_set_free_bytes(int64_t bytes) {
  free_bytes = bytes;
}
void fault_set_network(bool is_network) {
  network = is_network;
}
void fault_set_observer(void (*function)(const FaultCall&)) {
  observer = function;
}
}

MODELHOST_INTERPOSE_OPEN(open)
MODELHOST_INTERPOSE_OPEN(open64)
MODELHOST_INTERPOSE_OPENAT(openat)
MODELHOST_INTERPOSE_OPENAT(openat64)
MODELHOST_INTERPOSE(int, rename, (const char* from, const char* to), (from, to), from, to)
MODELHOST_INTERPOSE(int, renameat, (int a, const char* from, int b, const char* to), (a, from, b, to))
MODELHOST_INTERPOSE(int, unlink, (const char* path), (path), path)
MODELHOST_INTERPOSE(int, unlinkat, (int dir, const char* path, int flags), (dir, path, flags))
MODELHOST_INTERPOSE(int, remove, (const char* path), (path), path)
MODELHOST_INTERPOSE(int, rmdir, (const char* path), (path), path)
MODELHOST_INTERPOSE(int, mkdir, (const char* path, mode_t mode), (path, mode), path)
MODELHOST_INTERPOSE(int, chmod, (const char* path, mode_t mode), (path, mode))
MODELHOST_INTERPOSE(int, fchmod, (int fd, mode_t mode), (fd, mode))
MODELHOST_INTERPOSE(int, chown, (const char* path, uid_t user, gid_t group), (path, user, group))
MODELHOST_INTERPOSE(int, lchown, (const char* path, uid_t user, gid_t group), (path, user, group))
MODELHOST_INTERPOSE(int, symlink, (const char* from, const char* to), (from, to))
MODELHOST_INTERPOSE(int, ftruncate, (int fd, off_t size), (fd, size))
MODELHOST_INTERPOSE(int, fsync, (int fd), (fd), nullptr, nullptr, fd)
MODELHOST_INTERPOSE(int, fdatasync, (int fd), (fd))

extern "C" int link(const char* from, const char* to) {
  static const auto real = next<int (*)(const char*, const char*)>("link");
  if (strikes()) return -1;
  if (link_error != 0) return errno = link_error, -1;
  return observed(real(from, to), FaultCall{"link", from, to});
}

extern "C" int renameat2(int a, const char* from, int b, const char* to, unsigned flags) {
  static const auto real = next<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
  if (strikes()) return -1;
  if (exchange_error != 0) return errno = exchange_error, -1;
  return observed(real(a, from, b, to, flags), FaultCall{"renameat2", from, to, 0, nullptr, 0, flags});
}

extern "C" ssize_t write(int fd, const void* bytes, size_t count) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  const ssize_t done = faulty_write(fd, count, [=](size_t part) { return real(fd, bytes, part); });
  return observed(done, FaultCall{"write", nullptr, nullptr, fd, bytes, done});
}

extern "C" ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return faulty_write(fd, count, [=](size_t part) { return real(fd, bytes, part, offset); });
}

// Half of a list of buffers is half of the first one.
extern "C" ssize_t writev(int fd, const struct iovec* parts, int count) {
  static const auto real = next<ssize_t (*)(int, const struct iovec*, int)>("writev");
  static const auto plain = next<ssize_t (*)(int, const void*, size_t)>("write");
  if (count <= 0) return real(fd, parts, count);
  return faulty_write(fd, parts[0].iov_len, [=](size_t part) {
    return part == parts[0].iov_len ? real(fd, parts, count) : plain(fd, parts[0].iov_base, part);
  });
}

extern "C" int statvfs(const char* path, struct statvfs* status) {
  static const auto real = next<int (*)(const char*, struct statvfs*)>("statvfs");
  const int result = real(path, status);
  if (result == 0 && free_bytes >= 0)
    status->f_bavail = static_cast<fsblkcnt_t>(free_bytes) / status->f_frsize;
  return result;
}

extern "C" int statfs(const char* path, struct statfs* status) {
  static const auto real = next<int (*)(const char*, struct statfs*)>("statfs");
  const int result = real(path, status);
  if (result == 0 && network) status->f_type = 0x6969;  // NFS
  return result;
}

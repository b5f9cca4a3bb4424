#include "fuzz/memory_limit.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

// Of <sanitizer/allocator_interface.h>, which gcc does not install; its runtime has them.
extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, std::size_t),
                                              void (*)(const volatile void*));
std::size_t __sanitizer_get_allocated_size(const volatile void*);
}

namespace modelhost::fuzz {
namespace {

constexpr int64_t kLimit = int64_t{64} << 20;

bool counting = false;
int64_t live = 0;

void on_malloc(const volatile void*, std::size_t size) {
  if (!counting) return;
  live += static_cast<int64_t>(size);
  if (live <= kLimit) return;
  counting = false;
  std::fprintf(stderr, "more than %lld bytes were allocated for one input\n", static_cast<long long>(kLimit));
  std::abort();
}

void on_free(const volatile void* pointer) {
  if (counting && pointer != nullptr) live -= static_cast<int64_t>(__sanitizer_get_allocated_size(pointer));
}

}  // namespace

MemoryLimit::MemoryLimit() {
  static const bool installed = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) != 0;
  if (!installed) std::abort();
  live = 0;
  counting = true;
}

MemoryLimit::~MemoryLimit() {
  counting = false;
}

}  // namespace modelhost::fuzz

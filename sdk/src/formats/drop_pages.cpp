#include "modelhost/formats/drop_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include "modelhost/files/mapped_file.h"

namespace modelhost {

void drop_pages(const TensorBytes& bytes) {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data.data());
  // Whole pages only: neighbours may be in use.
  const std::uintptr_t first = (begin + page - 1) / page * page,
                       last = (begin + bytes.data.size()) / page * page;
  if (first >= last || mapped_file_at(bytes.data.data()).empty()) return;
  ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

}  // namespace modelhost

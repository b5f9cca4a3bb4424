#include "file_source.h"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "base/system_memory.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "piecewise_read.h"

namespace modelhost {
namespace {

constexpr std::size_t kThreads = 8;  // requests in flight; the time goes into waiting, not into computing
constexpr std::size_t kParallelPiece = std::size_t{4} << 20;
constexpr std::size_t kSequentialPiece = std::size_t{16} << 20;
constexpr uint64_t kOwnPages = uint64_t{1} << 20;  // from here on memory goes back to the system at once
constexpr auto kAlignment = std::align_val_t{64};  // as LibTorch's own allocations

TensorBytes allocate_pages(uint64_t size) {
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  auto* bytes = static_cast<std::byte*>(data);
  return {{bytes, size}, std::shared_ptr<void>(data, [size](void* pages) { ::munmap(pages, size); })};
}

TensorBytes allocate_block(uint64_t size) {
  void* data = ::operator new(size, kAlignment);
  return {{static_cast<std::byte*>(data), size},
          std::shared_ptr<void>(data, [](void* block) { ::operator delete(block, kAlignment); })};
}

}  // namespace

FileSource::FileSource(const std::filesystem::path& path, ReadMode mode)
    : file_(InputFile::open(path)), mode_(resolve_read_mode(mode, *file_)) {
  if (mode_ == ReadMode::kSequential) file_->expect_sequential_reads();
}

std::span<std::byte> FileSource::mapped() {
  std::call_once(mapped_flag_, [this] { mapping_ = MappedFile::map(*file_, 0, file_->size()); });
  return mapping_->bytes();
}

TensorBytes FileSource::mapped(FileRange range) {
  const std::span<std::byte> bytes = mapped().subspan(range.begin, range.size);
  return {bytes, mapping_};
}

// A mapping of its own, so that the pages go when the caller is done: a copy must not leave the whole file in
// the process. (Dropping pages of the common mapping could undo what somebody wrote to a weight.)
TensorBytes FileSource::mapped_once(FileRange range) const {
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const uint64_t offset = range.begin % page;
  auto mapping = MappedFile::map(*file_, range.begin - offset, range.size + offset);
  const std::span<std::byte> bytes = mapping->bytes().subspan(offset, range.size);
  return {bytes, std::move(mapping)};
}

TensorBytes FileSource::allocate(uint64_t size) const {
  if (size > physical_memory()) {  // a sparse file can claim any size
    throw Error(codes::kFileTooLarge, "a tensor is larger than this machine's memory")
        .file(path().string())
        .expected("at most " + human_bytes(physical_memory()))
        .got(human_bytes(size));
  }
  return size < kOwnPages ? allocate_block(size) : allocate_pages(size);
}

std::vector<TensorBytes> FileSource::fetch(std::span<const FileRange> ranges, BytesUse use,
                                           const BytesProgress& progress) {
  std::vector<TensorBytes> all;
  if (mode_ == ReadMode::kMap) {
    for (const FileRange& range : ranges) {
      all.push_back(use == BytesUse::kOnce && range.size > 0 ? mapped_once(range) : mapped(range));
      if (progress) progress(range.size);
    }
    return all;
  }
  const bool parallel = mode_ == ReadMode::kParallel;
  std::vector<ReadPiece> pieces;
  for (const FileRange& range : ranges) {
    all.push_back(allocate(range.size));
    append_pieces(pieces, {all.back().data, range.begin}, parallel ? kParallelPiece : kSequentialPiece);
  }
  read_pieces(*file_, pieces, parallel ? kThreads : 1, progress);
  return all;
}

}  // namespace modelhost

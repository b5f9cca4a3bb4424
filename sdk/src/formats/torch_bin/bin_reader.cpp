#include "bin_reader.h"

#include <utility>

#include "bin_layout.h"
#include "formats/file_source.h"
#include "strided_copy.h"

namespace modelhost {

BinReader::BinReader(const std::filesystem::path& path, ReadMode mode)
    : source_(std::make_unique<FileSource>(path, mode)) {
  StateDictLayout layout = read_bin_layout(source_->mapped(), path.string());
  tensors_ = std::move(layout.tensors);
  dtypes_ = std::move(layout.dtypes);
  strides_ = std::move(layout.strides);
}

BinReader::~BinReader() = default;

TensorBytes BinReader::bytes(const TensorInfo& tensor) {
  const TensorInfo* one[] = {&tensor};
  return fetch(one, BytesUse::kKeep, {}).front();
}

TensorBytes BinReader::gathered(const TensorInfo& tensor, const std::vector<int64_t>& strides) {
  const auto owner = std::make_shared<std::vector<std::byte>>(tensor.bytes());
  strided_copy(source_->mapped().data() + tensor.begin, dtype_bits(tensor.dtype) / 8, tensor.shape, strides,
               *owner);
  return {*owner, owner};
}

std::vector<TensorBytes> BinReader::fetch(std::span<const TensorInfo* const> tensors, BytesUse use,
                                          const BytesProgress& progress) {
  std::vector<FileRange> ranges;  // of the tensors that lie in one piece
  for (const TensorInfo* tensor : tensors) {
    if (!strides_.contains(tensor->name)) ranges.push_back({tensor->begin, tensor->bytes()});
  }
  std::vector<TensorBytes> whole = source_->fetch(ranges, use, progress), all;
  std::size_t next = 0;
  for (const TensorInfo* tensor : tensors) {
    const auto it = strides_.find(tensor->name);
    all.push_back(it == strides_.end() ? std::move(whole[next++]) : gathered(*tensor, it->second));
    if (it != strides_.end() && progress) progress(tensor->bytes());
  }
  return all;
}

std::optional<TensorBytes> BinReader::mapped_bytes(const TensorInfo& tensor) {
  if (strides_.contains(tensor.name)) return std::nullopt;
  return source_->mapped({tensor.begin, tensor.bytes()});
}

ReadMode BinReader::read_mode() const {
  return source_->mode();
}

std::vector<std::filesystem::path> BinReader::files() const {
  return {source_->path()};
}

std::vector<Dtype> BinReader::dtypes_in_order() const {
  return dtypes_;
}

}  // namespace modelhost

#include "modelhost/checkpoint/bin_reader.h"

#include <utility>

#include "bin_layout.h"
#include "modelhost/base/error_codes.h"
#include "strided_copy.h"

namespace modelhost {

BinReader::BinReader(const std::filesystem::path& path) : file_(MappedFile::open(path)) {
  StateDictLayout layout = read_bin_layout(std::as_const(*file_).bytes(), path.string());
  tensors_ = std::move(layout.tensors);
  strides_ = std::move(layout.strides);
}

TensorBytes BinReader::bytes(const TensorInfo& tensor) {
  const auto it = strides_.find(tensor.name);
  if (it == strides_.end()) return {file_->bytes().subspan(tensor.begin, tensor.bytes()), file_};
  const TensorInfo& own = *find(tensor.name);
  const auto owner = std::make_shared<std::vector<std::byte>>(own.bytes());
  strided_copy(file_->bytes().data() + own.begin, dtype_bits(own.dtype) / 8, own.shape, it->second, *owner);
  return {*owner, owner};
}

}  // namespace modelhost

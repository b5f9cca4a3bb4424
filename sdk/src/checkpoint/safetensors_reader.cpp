#include "modelhost/checkpoint/safetensors_reader.h"

namespace modelhost {

SafetensorsReader::SafetensorsReader(const std::filesystem::path& path)
    : file_(MappedFile::open(path)), header_(parse_safetensors_header(file_->bytes(), path.string())) {}

TensorBytes SafetensorsReader::bytes(const TensorInfo& tensor) {
  return {file_->bytes().subspan(tensor.begin, tensor.bytes()), file_};
}

}  // namespace modelhost

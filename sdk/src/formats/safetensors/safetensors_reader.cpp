#include "modelhost/formats/safetensors/safetensors_reader.h"

#include <algorithm>

#include "formats/file_source.h"

namespace modelhost {
namespace {

SafetensorsHeader read_header(FileSource& source) {
  const std::string path = source.path().string();
  if (source.mode() == ReadMode::kMap) return parse_safetensors_header(source.mapped(), path);
  std::vector<std::byte> start(std::min<uint64_t>(source.size(), sizeof(uint64_t)));
  source.read(start, 0);
  start.resize(safetensors_header_bytes(start, source.size(), path));
  source.read(start, 0);
  return parse_safetensors_header(start, source.size(), path);
}

}  // namespace

SafetensorsReader::SafetensorsReader(const std::filesystem::path& path, ReadMode mode)
    : source_(std::make_unique<FileSource>(path, mode)), header_(read_header(*source_)) {}

SafetensorsReader::~SafetensorsReader() = default;

TensorBytes SafetensorsReader::bytes(const TensorInfo& tensor) {
  const TensorInfo* one[] = {&tensor};
  return fetch(one, BytesUse::kKeep, {}).front();
}

std::vector<TensorBytes> SafetensorsReader::fetch(std::span<const TensorInfo* const> tensors, BytesUse use,
                                                  const BytesProgress& progress) {
  std::vector<FileRange> ranges;
  for (const TensorInfo* tensor : tensors) ranges.push_back({tensor->begin, tensor->bytes()});
  return source_->fetch(ranges, use, progress);
}

std::optional<TensorBytes> SafetensorsReader::mapped_bytes(const TensorInfo& tensor) {
  return source_->mapped({tensor.begin, tensor.bytes()});
}

ReadMode SafetensorsReader::read_mode() const {
  return source_->mode();
}

std::vector<std::filesystem::path> SafetensorsReader::files() const {
  return {source_->path()};
}

}  // namespace modelhost

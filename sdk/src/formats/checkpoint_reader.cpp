#include "modelhost/formats/checkpoint_reader.h"

#include <algorithm>

namespace modelhost {

CheckpointReader::~CheckpointReader() = default;

std::vector<TensorBytes> CheckpointReader::fetch(std::span<const TensorInfo* const> tensors, BytesUse,
                                                 const BytesProgress& progress) {
  std::vector<TensorBytes> all;
  for (const TensorInfo* tensor : tensors) {
    all.push_back(bytes(*tensor));
    if (progress) progress(tensor->bytes());
  }
  return all;
}

std::optional<TensorBytes> CheckpointReader::mapped_bytes(const TensorInfo&) {
  return std::nullopt;
}

std::filesystem::path CheckpointReader::file_of(const TensorInfo&) const {
  const auto all = files();
  return all.empty() ? std::filesystem::path() : all.front();
}

std::vector<Dtype> CheckpointReader::dtypes_in_order() const {
  std::vector<const TensorInfo*> sorted;
  for (const TensorInfo& tensor : tensors()) sorted.push_back(&tensor);
  std::ranges::sort(sorted, {}, &TensorInfo::name);
  std::vector<Dtype> types;
  for (const TensorInfo* tensor : sorted) types.push_back(tensor->dtype);
  return types;
}

const TensorInfo* CheckpointReader::find(std::string_view name) const {
  std::call_once(indexed_, [this] {
    for (const TensorInfo& tensor : tensors()) by_name_.emplace(tensor.name, &tensor);
  });
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

uint64_t CheckpointReader::total_bytes() const {
  uint64_t total = 0;
  for (const TensorInfo& tensor : tensors()) total += tensor.bytes();
  return total;
}

}  // namespace modelhost

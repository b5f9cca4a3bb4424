// Writing a safetensors file.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "modelhost/checkpoint/tensor_info.h"

namespace modelhost {

/// A tensor to write: `begin` and `end` of `info` are ignored, `bytes` is its contiguous little-endian data.
struct TensorToWrite {
  TensorInfo info;
  std::span<const std::byte> bytes;
};

/// Writes `tensors` in the layout of the Rust library: metadata first, tensors by falling alignment of their
/// dtype, then by name, header padded with spaces to a multiple of 8. The file appears whole or not at all:
/// it is written beside its place and renamed. Errors: kFileUnwritable, kSafetensorsDuplicate.
void write_safetensors(const std::filesystem::path& path, std::vector<TensorToWrite> tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace modelhost

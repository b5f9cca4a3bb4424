// Writing a safetensors file.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "modelhost/files/file_writer.h"
#include "modelhost/formats/fetch_tensor.h"
#include "modelhost/formats/tensor_info.h"

namespace modelhost {

/// Writes a safetensors file piece by piece, so that no more than one tensor has to be in memory for it.
/// `tensors` tell their size by `begin` and `end`. The layout is that of the Rust library: metadata first,
/// tensors by falling alignment of their dtype, then by name, header padded with spaces to a multiple of 8.
/// The caller finishes the file. Errors: kFileUnwritable, kSafetensorsDuplicate.
void write_safetensors(FileWriter& out, std::vector<TensorInfo> tensors,
                       const std::map<std::string, std::string>& metadata, const FetchTensor& fetch);

/// A tensor to write: `begin` and `end` of `info` are ignored, `bytes` is its contiguous little-endian data.
struct TensorToWrite {
  TensorInfo info;
  std::span<const std::byte> bytes;
};

/// Writes a whole file, which appears complete or not at all: it is written beside its place, synced and
/// renamed. Errors: kFileUnwritable, kSafetensorsDuplicate.
void write_safetensors(const std::filesystem::path& path, std::vector<TensorToWrite> tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace modelhost

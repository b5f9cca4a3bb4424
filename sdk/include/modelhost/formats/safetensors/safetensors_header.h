// The safetensors header: read and validated completely before any tensor is trusted.
//
// A file is: u64 little-endian N; N bytes of JSON
//   {"__metadata__": {str: str}, "<name>": {"dtype": "F32", "shape": [..], "data_offsets": [begin, end]}, …}
// and the data, to which offsets are relative. Tensors fill the data without gap or overlap, up to the last
// byte.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "modelhost/formats/tensor_info.h"

namespace modelhost {

/// As in the Rust implementation; real headers stay below 20 MB.
inline constexpr uint64_t kMaxSafetensorsHeader = 100'000'000;
inline constexpr std::size_t kMaxTensorRank = 64;

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<TensorInfo> tensors;  ///< in the order of their data
};

/// Parses the header of a file of which `file` is the whole content; `path` is for messages. Stricter than
/// safetensors 0.8 in one point: a tensor name given twice is an error. Memory used is proportional to the
/// header. Errors: S101–S108, each naming the tensor where one is to blame.
SafetensorsHeader parse_safetensors_header(std::span<const std::byte> file, const std::string& path);

/// Bytes at the start of a file that the header takes, its length included. `start` is the first 8 bytes of a
/// file of `file_size` bytes, or all of a shorter one. Errors: S101, S102.
uint64_t safetensors_header_bytes(std::span<const std::byte> start, uint64_t file_size,
                                  const std::string& path);

/// The same as above for a caller that has only the start of the file: safetensors_header_bytes of it.
SafetensorsHeader parse_safetensors_header(std::span<const std::byte> start, uint64_t file_size,
                                           const std::string& path);

}  // namespace modelhost

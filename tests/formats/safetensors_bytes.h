// The bytes of a safetensors file around a given header.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

namespace modelhost::test {

/// 8 bytes of length, `header` as it is, `data_size` bytes of data (0, 1, 2 …).
inline std::string safetensors_bytes(const std::string& header, std::size_t data_size) {
  std::string bytes(8, '\0');
  const uint64_t size = header.size();
  std::memcpy(bytes.data(), &size, 8);
  bytes += header;
  for (std::size_t i = 0; i < data_size; ++i) bytes += static_cast<char>(i);
  return bytes;
}

}  // namespace modelhost::test

// Fields of binary formats. The caller has checked that the bytes are there.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace modelhost {

template <typename T>
T load_little_endian(std::span<const std::byte> bytes, uint64_t position) {
  static_assert(std::endian::native == std::endian::little);
  T value;
  std::memcpy(&value, bytes.data() + position, sizeof value);
  return value;
}

inline std::string_view text_at(std::span<const std::byte> bytes, uint64_t position, uint64_t size) {
  return {reinterpret_cast<const char*>(bytes.data()) + position, size};
}

/// Whether `size` bytes stand at `position`, for any values of the two.
inline bool fits(std::span<const std::byte> bytes, uint64_t position, uint64_t size) {
  return position <= bytes.size() && size <= bytes.size() - position;
}

}  // namespace modelhost

// Element types as checkpoint files name them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace modelhost {

/// safetensors 0.8's types, in the order of its own list (which is also the order of alignment).
enum class Dtype : uint8_t {
  kBool,
  kF4,
  kF6E2M3,
  kF6E3M2,
  kU8,
  kI8,
  kF8E5M2,
  kF8E4M3,
  kF8E8M0,
  kI16,
  kU16,
  kF16,
  kBF16,
  kI32,
  kU32,
  kF32,
  kC64,
  kF64,
  kI64,
  kU64,
};

std::string_view dtype_name(Dtype dtype);  ///< "F32", "BF16" …
std::optional<Dtype> dtype_from_name(std::string_view name);
uint32_t dtype_bits(Dtype dtype);  ///< size of an element in bits

}  // namespace modelhost

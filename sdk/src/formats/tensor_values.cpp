#include "tensor_values.h"

#include <cstring>

namespace modelhost {
namespace {

// IEEE 754: all bits of the exponent are set; then a fraction of 0 is infinity.
template <typename Bits>
NonFinite count(std::span<const std::byte> bytes, Bits exponent) {
  const Bits fraction = (exponent & (~exponent + 1)) - 1;  // the bits below the exponent
  NonFinite found;
  for (std::size_t at = 0; at + sizeof(Bits) <= bytes.size(); at += sizeof(Bits)) {
    Bits value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    if ((value & exponent) != exponent) continue;
    ++((value & fraction) != 0 ? found.nan : found.infinite);
  }
  return found;
}

}  // namespace

NonFinite count_non_finite(Dtype dtype, std::span<const std::byte> bytes) {
  switch (dtype) {
    case Dtype::kF16:
      return count<uint16_t>(bytes, 0x7c00);
    case Dtype::kBF16:
      return count<uint16_t>(bytes, 0x7f80);
    case Dtype::kF32:
    case Dtype::kC64:
      return count<uint32_t>(bytes, 0x7f800000);
    case Dtype::kF64:
      return count<uint64_t>(bytes, 0x7ff0000000000000);
    default:
      return {};
  }
}

}  // namespace modelhost

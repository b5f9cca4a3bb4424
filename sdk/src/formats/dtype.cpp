#include "modelhost/formats/dtype.h"

#include <array>
#include <cstddef>

namespace modelhost {
namespace {

struct Row {
  std::string_view name;
  uint32_t bits;
};

// Indexed by Dtype.
constexpr std::array kRows = std::to_array<Row>({
    {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},   {"I8", 8},    {"F8_E5M2", 8},
    {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16}, {"BF16", 16}, {"I32", 32},
    {"U32", 32},    {"F32", 32},    {"C64", 64},    {"F64", 64},    {"I64", 64}, {"U64", 64},
});
static_assert(kRows.size() == static_cast<std::size_t>(Dtype::kU64) + 1);

}  // namespace

std::string_view dtype_name(Dtype dtype) {
  return kRows[static_cast<std::size_t>(dtype)].name;
}

std::optional<Dtype> dtype_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].name == name) return static_cast<Dtype>(i);
  }
  return std::nullopt;
}

uint32_t dtype_bits(Dtype dtype) {
  return kRows[static_cast<std::size_t>(dtype)].bits;
}

}  // namespace modelhost

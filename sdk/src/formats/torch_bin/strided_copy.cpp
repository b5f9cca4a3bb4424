#include "strided_copy.h"

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace modelhost {
namespace {

struct Axis {
  int64_t size, step;  // step in bytes
  int64_t index = 0;
};

// Without dimensions of size 1, whose strides say nothing, and with those joined that are one in memory: a
// hostile shape has 64 of two elements or less.
std::vector<Axis> joined_axes(std::size_t element, std::span<const int64_t> shape,
                              std::span<const int64_t> strides) {
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    const Axis axis{shape[i], strides[i] * static_cast<int64_t>(element)};
    if (!axes.empty() && axes.back().step == axis.size * axis.step) {
      axes.back() = {axes.back().size * axis.size, axis.step};
    } else {
      axes.push_back(axis);
    }
  }
  if (axes.empty()) axes.push_back({1, 0});
  return axes;
}

// How far the next row lies from this one: counts up, with carry.
int64_t step_to_next_row(std::span<Axis> outer) {
  int64_t step = 0;
  for (auto axis = outer.rbegin(); axis != outer.rend(); ++axis) {
    step += axis->step;
    if (++axis->index < axis->size) break;
    step -= axis->size * axis->step;
    axis->index = 0;
  }
  return step;
}

// The element's size is known to the compiler, so that copying one is a load and a store.
template <std::size_t kElement>
void copy_rows(const std::byte* base, std::span<Axis> axes, std::span<std::byte> out) {
  const int64_t size = axes.back().size, step = axes.back().step;
  const std::span<Axis> outer = axes.first(axes.size() - 1);
  std::byte* to = out.data();
  std::byte* const end = to + out.size();
  for (int64_t row = 0; to != end; row += step_to_next_row(outer)) {
    for (int64_t i = 0; i < size; ++i, to += kElement) std::memcpy(to, base + row + i * step, kElement);
  }
}

}  // namespace

void strided_copy(const std::byte* base, std::size_t element, std::span<const int64_t> shape,
                  std::span<const int64_t> strides, std::span<std::byte> out) {
  std::vector<Axis> axes = joined_axes(element, shape, strides);
  switch (element) {
    case 1:
      return copy_rows<1>(base, axes, out);
    case 2:
      return copy_rows<2>(base, axes, out);
    case 4:
      return copy_rows<4>(base, axes, out);
    case 8:
      return copy_rows<8>(base, axes, out);
    default:
      throw std::logic_error("strided_copy: no element has " + std::to_string(element) + " bytes");
  }
}

}  // namespace modelhost

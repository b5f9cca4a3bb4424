#include "cast_tensor.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <memory>

#include "modelhost/formats/drop_pages.h"
#include "modelhost/load/tensor_bytes.h"

namespace modelhost::host {
namespace {

constexpr int64_t kElementsAtOnce = int64_t{1} << 20;

int64_t count_finite(const at::Tensor& values) {
  return at::isfinite(values).sum().item<int64_t>();
}

}  // namespace

CastTensor cast_tensor(const TensorInfo& info, const TensorBytes& bytes, c10::ScalarType type) {
  const uint64_t element = dtype_bits(info.dtype) / 8;
  const auto result =
      std::make_shared<at::Tensor>(at::empty({info.elements()}, at::TensorOptions().dtype(type)));
  CastTensor cast;
  for (int64_t done = 0; done < info.elements(); done += kElementsAtOnce) {
    TensorInfo part = info;
    part.shape = {std::min(kElementsAtOnce, info.elements() - done)};
    const TensorBytes piece{bytes.data.subspan(static_cast<uint64_t>(done) * element,
                                               static_cast<uint64_t>(part.shape[0]) * element),
                            bytes.owner};
    const at::Tensor from = tensor_over(part, piece), to = result->narrow(0, done, part.shape[0]);
    to.copy_(from);
    const int64_t finite = count_finite(to);
    if (finite < part.shape[0]) cast.overflowed += count_finite(from) - finite;
    drop_pages(piece);
  }
  cast.bytes = {{static_cast<std::byte*>(result->data_ptr()), result->nbytes()}, result};
  return cast;
}

bool can_cast(Dtype dtype) {
  return dtype == Dtype::kF16 || dtype == Dtype::kBF16 || dtype == Dtype::kF32 || dtype == Dtype::kF64;
}

bool is_quantised(Dtype dtype) {
  constexpr std::array kTypes = {Dtype::kF4,     Dtype::kF6E2M3, Dtype::kF6E3M2,
                                 Dtype::kF8E5M2, Dtype::kF8E4M3, Dtype::kF8E8M0};
  return std::ranges::find(kTypes, dtype) != kTypes.end();
}

}  // namespace modelhost::host

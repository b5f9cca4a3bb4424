#include "modelhost/load/tensor_bytes.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <array>
#include <cstring>
#include <utility>

#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

struct TorchDtype {
  Dtype dtype;
  c10::ScalarType type;
  std::string_view name;
};

constexpr std::array kTorchDtypes = std::to_array<TorchDtype>({
    {Dtype::kF32, at::kFloat, "float32"},
    {Dtype::kF16, at::kHalf, "float16"},
    {Dtype::kBF16, at::kBFloat16, "bfloat16"},
    {Dtype::kF64, at::kDouble, "float64"},
    {Dtype::kI64, at::kLong, "int64"},
    {Dtype::kI32, at::kInt, "int32"},
    {Dtype::kI16, at::kShort, "int16"},
    {Dtype::kI8, at::kChar, "int8"},
    {Dtype::kU8, at::kByte, "uint8"},
    {Dtype::kBool, at::kBool, "bool"},
    {Dtype::kU16, at::kUInt16, "uint16"},
    {Dtype::kU32, at::kUInt32, "uint32"},
    {Dtype::kU64, at::kUInt64, "uint64"},
    {Dtype::kC64, at::kComplexFloat, "complex64"},
    {Dtype::kF8E4M3, at::kFloat8_e4m3fn, "float8_e4m3fn"},
    {Dtype::kF8E5M2, at::kFloat8_e5m2, "float8_e5m2"},
    {Dtype::kF8E8M0, at::kFloat8_e8m0fnu, "float8_e8m0fnu"},
});

}  // namespace

std::optional<c10::ScalarType> scalar_type(Dtype dtype) {
  for (const TorchDtype& row : kTorchDtypes) {
    if (row.dtype == dtype) return row.type;
  }
  return std::nullopt;
}

Dtype checkpoint_dtype(c10::ScalarType type) {
  for (const TorchDtype& row : kTorchDtypes) {
    if (row.type == type) return row.dtype;
  }
  throw Error(codes::kLoadDtype, "safetensors has no type for " + std::string(c10::toString(type)));
}

std::optional<c10::ScalarType> scalar_type_from_name(std::string_view name) {
  if (name.starts_with("torch.")) name.remove_prefix(6);
  if (name == "half") name = "float16";
  if (name == "float") name = "float32";
  if (name == "double") name = "float64";
  for (const TorchDtype& row : kTorchDtypes) {
    if (row.name == name) return row.type;
  }
  return std::nullopt;
}

std::string scalar_type_name(c10::ScalarType type) {
  for (const TorchDtype& row : kTorchDtypes) {
    if (row.type == type) return std::string(row.name);
  }
  return c10::toString(type);
}

at::Tensor tensor_over(const TensorInfo& info, TensorBytes bytes) {
  const auto type = scalar_type(info.dtype);
  if (!type) {
    throw Error(codes::kLoadDtype, "LibTorch has no type for " + std::string(dtype_name(info.dtype)))
        .key(info.name);
  }
  const auto options = at::TensorOptions().dtype(*type);
  const bool aligned = reinterpret_cast<std::uintptr_t>(bytes.data.data()) % c10::elementSize(*type) == 0;
  if (!aligned || bytes.data.empty()) {
    at::Tensor copy = at::empty(info.shape, options);
    if (!bytes.data.empty()) std::memcpy(copy.data_ptr(), bytes.data.data(), bytes.data.size());
    return copy;
  }
  auto keep_alive = [owner = std::move(bytes.owner)](void*) {};
  return at::from_blob(bytes.data.data(), info.shape, std::move(keep_alive), options);
}

}  // namespace modelhost

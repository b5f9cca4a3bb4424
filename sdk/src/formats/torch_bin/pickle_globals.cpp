#include "pickle_globals.h"

#include <array>

namespace modelhost {
namespace {

using enum PickleRole;

constexpr std::array kGlobals = std::to_array<PickleGlobal>({
    {"collections.OrderedDict", kOrderedDict, {}},
    {"torch.Size", kSize, {}},
    {"torch.Tensor", kTensorClass, {}},
    {"torch.nn.parameter.Parameter", kTensorClass, {}},
    {"torch._utils._rebuild_tensor", kRebuildTensor, {}},
    {"torch._utils._rebuild_tensor_v2", kRebuildTensorV2, {}},
    {"torch._utils._rebuild_tensor_v3", kRebuildTensorV3, {}},
    {"torch._utils._rebuild_parameter", kRebuildParameter, {}},
    {"torch._utils._rebuild_parameter_with_state", kRebuildParameterWithState, {}},
    {"torch._tensor._rebuild_from_type_v2", kRebuildFromType, {}},

    {"torch.FloatStorage", kStorageType, Dtype::kF32},
    {"torch.DoubleStorage", kStorageType, Dtype::kF64},
    {"torch.HalfStorage", kStorageType, Dtype::kF16},
    {"torch.BFloat16Storage", kStorageType, Dtype::kBF16},
    {"torch.LongStorage", kStorageType, Dtype::kI64},
    {"torch.IntStorage", kStorageType, Dtype::kI32},
    {"torch.ShortStorage", kStorageType, Dtype::kI16},
    {"torch.CharStorage", kStorageType, Dtype::kI8},
    {"torch.ByteStorage", kStorageType, Dtype::kU8},
    {"torch.BoolStorage", kStorageType, Dtype::kBool},
    {"torch.ComplexFloatStorage", kStorageType, Dtype::kC64},
    {"torch.ComplexDoubleStorage", kStorageType, {}},
    {"torch.QInt8Storage", kStorageType, {}},
    {"torch.QUInt8Storage", kStorageType, {}},
    {"torch.QInt32Storage", kStorageType, {}},
    {"torch.QUInt4x2Storage", kStorageType, {}},
    {"torch.QUInt2x4Storage", kStorageType, {}},
    {"torch.storage.UntypedStorage", kUntypedStorage, {}},

    {"torch.float32", kDtype, Dtype::kF32},
    {"torch.float64", kDtype, Dtype::kF64},
    {"torch.float16", kDtype, Dtype::kF16},
    {"torch.bfloat16", kDtype, Dtype::kBF16},
    {"torch.int64", kDtype, Dtype::kI64},
    {"torch.int32", kDtype, Dtype::kI32},
    {"torch.int16", kDtype, Dtype::kI16},
    {"torch.int8", kDtype, Dtype::kI8},
    {"torch.uint8", kDtype, Dtype::kU8},
    {"torch.uint16", kDtype, Dtype::kU16},
    {"torch.uint32", kDtype, Dtype::kU32},
    {"torch.uint64", kDtype, Dtype::kU64},
    {"torch.bool", kDtype, Dtype::kBool},
    {"torch.complex64", kDtype, Dtype::kC64},
    {"torch.complex128", kDtype, {}},
    {"torch.complex32", kDtype, {}},
    {"torch.float8_e4m3fn", kDtype, Dtype::kF8E4M3},
    {"torch.float8_e5m2", kDtype, Dtype::kF8E5M2},
    {"torch.float8_e8m0fnu", kDtype, Dtype::kF8E8M0},
    {"torch.float8_e4m3fnuz", kDtype, {}},
    {"torch.float8_e5m2fnuz", kDtype, {}},
    {"torch.float4_e2m1fn_x2", kDtype, {}},
});

}  // namespace

const PickleGlobal* find_pickle_global(std::string_view module, std::string_view name) {
  for (const PickleGlobal& global : kGlobals) {
    const bool same = global.name.size() == module.size() + 1 + name.size() &&
                      global.name.starts_with(module) && global.name[module.size()] == '.' &&
                      global.name.ends_with(name);
    if (same && name.find('.') == name.npos) return &global;
  }
  return nullptr;
}

}  // namespace modelhost

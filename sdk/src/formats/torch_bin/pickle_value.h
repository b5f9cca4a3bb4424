// What a pickle of tensors is made of.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace modelhost {

struct PickleGlobal;

enum class PickleKind : uint8_t {
  kNone,
  kBool,
  kInteger,
  kLong,
  kFloat,
  kText,
  kBytes,
  kTuple,
  kList,
  kDict,
  kGlobal,
  kStorage,
  kTensor,
};

/// One value. Values belong to the machine that made them and refer to each other freely, even in circles:
/// nothing here walks or frees them recursively.
struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  int64_t number = 0;     ///< kBool, kInteger; kStorage: how many elements
  std::string_view text;  ///< kText, kBytes; kLong: its bytes; kStorage: its key. Part of the pickle
  const PickleGlobal* global = nullptr;  ///< kGlobal; kStorage: its type; kTensor: its dtype, if it names one
  std::vector<PickleValue*> items;  ///< kTuple, kList; kDict: key, value, key, value …; kTensor: see below

  bool is(PickleKind wanted) const { return kind == wanted; }
};

/// items of a kTensor: the storage, its first element in it, sizes, strides (both tuples of whatever was
/// given).
enum TensorPart { kTensorStorage, kTensorOffset, kTensorSizes, kTensorStrides };

/// "a dict", "an integer" … for messages.
std::string_view describe(PickleKind kind);

}  // namespace modelhost

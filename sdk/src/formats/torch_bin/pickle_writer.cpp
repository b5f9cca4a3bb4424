#include "pickle_writer.h"

#include <algorithm>
#include <utility>

#include "modelhost/formats/error_codes.h"
#include "pickle_opcodes.h"

namespace modelhost {
namespace {

using namespace pickle;

constexpr std::size_t kBatch = 1000;  // entries that Python sets at once

struct TorchType {
  std::string_view storage;  // of a type that has a storage class
  std::string_view dtype;    // of one that has not: its bytes are stored, and the tensor names the dtype
};

TorchType torch_type(const TensorInfo& tensor) {
  switch (tensor.dtype) {
    case Dtype::kBool:
      return {"BoolStorage", {}};
    case Dtype::kU8:
      return {"ByteStorage", {}};
    case Dtype::kI8:
      return {"CharStorage", {}};
    case Dtype::kI16:
      return {"ShortStorage", {}};
    case Dtype::kI32:
      return {"IntStorage", {}};
    case Dtype::kI64:
      return {"LongStorage", {}};
    case Dtype::kF16:
      return {"HalfStorage", {}};
    case Dtype::kBF16:
      return {"BFloat16Storage", {}};
    case Dtype::kF32:
      return {"FloatStorage", {}};
    case Dtype::kF64:
      return {"DoubleStorage", {}};
    case Dtype::kC64:
      return {"ComplexFloatStorage", {}};
    case Dtype::kU16:
      return {{}, "uint16"};
    case Dtype::kU32:
      return {{}, "uint32"};
    case Dtype::kU64:
      return {{}, "uint64"};
    case Dtype::kF8E4M3:
      return {{}, "float8_e4m3fn"};
    case Dtype::kF8E5M2:
      return {{}, "float8_e5m2"};
    case Dtype::kF8E8M0:
      return {{}, "float8_e8m0fnu"};
    case Dtype::kF4:
    case Dtype::kF6E2M3:
    case Dtype::kF6E3M2:
      break;
  }
  throw Error(codes::kLoadDtype, "PyTorch has no type for " + std::string(dtype_name(tensor.dtype)))
      .key(tensor.name)
      .fix("save as safetensors");
}

std::vector<int64_t> contiguous_strides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * std::max<int64_t>(shape[i], 1);
  return strides;
}

}  // namespace

PickleWriter::PickleWriter(std::size_t count) : count_(count) {
  text_ += static_cast<char>(kProto);
  text_ += '\x02';
  text_ += static_cast<char>(kEmptyDict);
  memoize();
  if (count_ > 1) text_ += static_cast<char>(kMark);
}

void PickleWriter::add(const TensorInfo& tensor, std::string_view storage_key) {
  put_text(tensor.name);
  memoize();
  put_tensor(tensor, storage_key);
  ++added_;
  if (count_ == 1) {
    text_ += static_cast<char>(kSetItem);
  } else if (added_ % kBatch == 0) {
    text_ += static_cast<char>(kSetItems);
    text_ += static_cast<char>(kMark);  // Python begins the next batch before it knows whether there is one
  }
}

std::string PickleWriter::finish() {
  if (count_ > 1) text_ += static_cast<char>(kSetItems);
  text_ += static_cast<char>(kStop);
  return std::move(text_);
}

// _rebuild_tensor_v2(storage, offset 0, sizes, strides, requires_grad False, no hooks); _v3 also has the
// dtype.
void PickleWriter::put_tensor(const TensorInfo& tensor, std::string_view storage_key) {
  const TorchType type = torch_type(tensor);
  put_global(type.dtype.empty() ? "torch._utils\n_rebuild_tensor_v2" : "torch._utils\n_rebuild_tensor_v3");
  text_ += static_cast<char>(kMark);
  put_storage(tensor, storage_key);
  put_number(0);
  put_tuple(tensor.shape);
  put_tuple(contiguous_strides(tensor.shape));
  text_ += static_cast<char>(kNewFalse);
  put_global("collections\nOrderedDict");
  text_ += static_cast<char>(kEmptyTuple);
  text_ += static_cast<char>(kReduce);
  memoize();
  if (!type.dtype.empty()) put_global("torch\n" + std::string(type.dtype));
  text_ += static_cast<char>(kTuple);
  memoize();
  text_ += static_cast<char>(kReduce);
  memoize();
}

// ("storage", class, key, place, elements)
void PickleWriter::put_storage(const TensorInfo& tensor, std::string_view storage_key) {
  const TorchType type = torch_type(tensor);
  text_ += static_cast<char>(kMark);
  put_shared_text("storage");
  put_global(type.dtype.empty() ? "torch\n" + std::string(type.storage) : "torch.storage\nUntypedStorage");
  put_shared_text(storage_key);
  put_shared_text("cpu");
  put_number(type.dtype.empty() ? tensor.elements() : static_cast<int64_t>(tensor.bytes()));
  text_ += static_cast<char>(kTuple);
  memoize();
  text_ += static_cast<char>(kBinPersId);
}

void PickleWriter::put_once(const std::string& object, char opcode) {
  const auto [it, added] = memo_.emplace(opcode + object, memo_count_);
  if (!added) return put_memo(it->second, kBinGet, kLongBinGet);
  if (opcode == kBinUnicode) {
    put_text(object);
  } else {
    text_ += opcode + object;
  }
  memoize();
}

void PickleWriter::put_text(std::string_view text) {
  text_ += static_cast<char>(kBinUnicode);
  put_little_endian(text.size(), 4);
  text_ += text;
}

void PickleWriter::put_number(int64_t number) {
  if (number <= 0xff) {
    text_ += static_cast<char>(kBinInt1);
    put_little_endian(static_cast<uint64_t>(number), 1);
  } else if (number <= 0xffff) {
    text_ += static_cast<char>(kBinInt2);
    put_little_endian(static_cast<uint64_t>(number), 2);
  } else if (number <= INT32_MAX) {
    text_ += static_cast<char>(kBinInt);
    put_little_endian(static_cast<uint64_t>(number), 4);
  } else {
    std::size_t bytes = 5;  // the highest bit is the sign
    while (bytes < 8 && number >> (8 * bytes - 1) != 0) ++bytes;
    text_ += static_cast<char>(kLong1);
    text_ += static_cast<char>(bytes);
    put_little_endian(static_cast<uint64_t>(number), bytes);
  }
}

void PickleWriter::put_tuple(const std::vector<int64_t>& numbers) {
  if (numbers.empty()) {
    text_ += static_cast<char>(kEmptyTuple);
    return;
  }
  if (numbers.size() > 3) text_ += static_cast<char>(kMark);
  for (const int64_t number : numbers) put_number(number);
  constexpr Opcode kBySize[] = {kTuple, kTuple1, kTuple2, kTuple3};
  text_ += static_cast<char>(kBySize[numbers.size() > 3 ? 0 : numbers.size()]);
  memoize();
}

void PickleWriter::put_little_endian(uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) text_ += static_cast<char>(value >> (8 * i) & 0xff);
}

void PickleWriter::put_memo(uint32_t number, char short_opcode, char long_opcode) {
  text_ += number < 256 ? short_opcode : long_opcode;
  put_little_endian(number, number < 256 ? 1 : 4);
}

}  // namespace modelhost

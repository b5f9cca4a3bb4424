#include "state_dict_layout.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/bad_utf8.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"
#include "pickle_globals.h"

namespace modelhost {
namespace {

constexpr std::size_t kMaxRank = 64;                   // as for safetensors
constexpr int64_t kMaxRepeated = int64_t{1} << 20;     // elements of a tensor that has more than its storage
constexpr uint64_t kMaxGathered = uint64_t{64} << 20;  // bytes, beyond the size of the file, for all tensors

struct Placement {
  TensorInfo info;
  std::vector<int64_t> strides;
};

class Layout {
 public:
  Layout(const StorageTable& storages, uint64_t file_size, const std::string& path)
      : storages_(storages), gather_left_(file_size + kMaxGathered), path_(path) {}

  void add(const PickleValue& name, const PickleValue& value);
  StateDictLayout finish();

 private:
  Placement place(const std::string& name, const PickleValue& tensor);
  Dtype dtype_of(const std::string& name, const PickleGlobal& type) const;
  const ByteRange& find_storage(const std::string& name, const PickleValue& storage, uint64_t element) const;
  void check_inside(const Placement& placed, uint64_t offset, uint64_t available) const;
  void count_gathered(const Placement& placed, uint64_t available);
  std::vector<int64_t> numbers(const std::string& name, const PickleValue& tuple, const char* what) const;
  Error tensor_error(const std::string& name, const std::string& what) const;

  const StorageTable& storages_;
  uint64_t gather_left_;
  const std::string& path_;
  StateDictLayout result_;
  std::set<std::string, std::less<>> names_;
};

Error Layout::tensor_error(const std::string& name, const std::string& what) const {
  return Error(codes::kBinTensor, "a tensor does not fit the data of its file: " + what)
      .file(path_)
      .key(name);
}

std::vector<int64_t> Layout::numbers(const std::string& name, const PickleValue& tuple,
                                     const char* what) const {
  if (tuple.items.size() > kMaxRank) throw tensor_error(name, "it has more than 64 dimensions");
  std::vector<int64_t> result;
  for (const PickleValue* item : tuple.items) {
    if (!item->is(PickleKind::kInteger) || item->number < 0) {
      throw tensor_error(name, std::string(what) + " must be integers that are not negative")
          .got(item->is(PickleKind::kInteger) ? std::to_string(item->number)
                                              : std::string(describe(item->kind)));
    }
    result.push_back(item->number);
  }
  return result;
}

const ByteRange& Layout::find_storage(const std::string& name, const PickleValue& storage,
                                      uint64_t element) const {
  const auto it = storages_.find(storage.text);
  if (it == storages_.end()) {
    throw tensor_error(name, "its data is not in the file").got("storage " + quote(storage.text));
  }
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(storage.number), element, &bytes) ||
      bytes != it->second.size) {
    throw tensor_error(name, "its storage has another size than the pickle says")
        .expected(std::to_string(storage.number) + " elements of " + std::to_string(element) + " bytes")
        .got(std::to_string(it->second.size) + " bytes");
  }
  return it->second;
}

// Elements of a shape, or nothing when they cannot be counted or addressed.
std::optional<uint64_t> count_elements(const std::vector<int64_t>& shape) {
  uint64_t count = 1;
  for (const int64_t size : shape) {
    if (size != 0 && count > static_cast<uint64_t>(INT64_MAX) / static_cast<uint64_t>(size))
      return std::nullopt;
    count *= static_cast<uint64_t>(size);
  }
  return count;
}

bool is_contiguous(const TensorInfo& info, const std::vector<int64_t>& strides) {
  int64_t expected = 1;
  for (std::size_t i = strides.size(); i-- > 0;) {
    if (info.shape[i] != 1 && strides[i] != expected) return false;
    expected *= info.shape[i];
  }
  return true;
}

// The furthest element of a tensor that has any must lie in the storage.
void Layout::check_inside(const Placement& placed, uint64_t offset, uint64_t available) const {
  const auto outside = [&] {
    return tensor_error(placed.info.name, "it reaches beyond its storage")
        .expected("at most " + std::to_string(available) + " elements")
        .got("offset " + std::to_string(offset) + ", shape " + shape_text(placed.info.shape) + ", strides " +
             shape_text(placed.strides));
  };
  uint64_t last = offset;
  for (std::size_t i = 0; i < placed.strides.size(); ++i) {
    uint64_t reach = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(placed.info.shape[i] - 1),
                               static_cast<uint64_t>(placed.strides[i]), &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      throw outside();
    }
  }
  if (last >= available) throw outside();
}

void Layout::count_gathered(const Placement& placed, uint64_t available) {
  const TensorInfo& info = placed.info;
  const int64_t elements = info.elements();
  if (static_cast<uint64_t>(elements) > available && elements > kMaxRepeated) {
    throw tensor_error(info.name, "it repeats its data to more elements than are stored")
        .expected("at most " + std::to_string(std::max<uint64_t>(available, kMaxRepeated)) + " elements")
        .got("shape " + shape_text(info.shape) + ", strides " + shape_text(placed.strides))
        .fix("save tensor.contiguous() instead of an expanded tensor");
  }
  if (info.bytes() > gather_left_) throw tensor_error(info.name, "the file repeats its data too often");
  gather_left_ -= info.bytes();
}

Dtype Layout::dtype_of(const std::string& name, const PickleGlobal& type) const {
  if (type.role == PickleRole::kUntypedStorage) return Dtype::kU8;
  if (!type.dtype) throw tensor_error(name, "its dtype has no equal here").got(std::string(type.name));
  return *type.dtype;
}

Placement Layout::place(const std::string& name, const PickleValue& tensor) {
  const PickleValue& storage = *tensor.items[kTensorStorage];
  const Dtype stored = dtype_of(name, *storage.global);
  Placement placed;
  placed.info.name = name;
  placed.info.dtype = tensor.global ? dtype_of(name, *tensor.global) : stored;
  placed.info.shape = numbers(name, *tensor.items[kTensorSizes], "sizes");
  placed.strides = numbers(name, *tensor.items[kTensorStrides], "strides");
  if (placed.strides.size() != placed.info.shape.size())
    throw tensor_error(name, "it has not one stride a dimension");
  const int64_t offset = tensor.items[kTensorOffset]->number;
  if (offset < 0) throw tensor_error(name, "its offset is negative").got(std::to_string(offset));
  const uint64_t element = dtype_bits(placed.info.dtype) / 8;
  const auto count = count_elements(placed.info.shape);
  uint64_t bytes = 0;
  if (!count || __builtin_mul_overflow(*count, element, &bytes) || bytes > uint64_t{1} << 62) {
    throw tensor_error(name, "it has too many elements").got(shape_text(placed.info.shape));
  }
  const ByteRange& range = find_storage(name, storage, dtype_bits(stored) / 8);
  const uint64_t available = range.size / element;
  placed.info.begin = placed.info.end = range.begin;
  if (*count == 0) {  // PyTorch lets a view of nothing start anywhere
    placed.strides.clear();
    return placed;
  }
  check_inside(placed, static_cast<uint64_t>(offset), available);
  placed.info.begin += static_cast<uint64_t>(offset) * element;
  placed.info.end = placed.info.begin + bytes;
  if (is_contiguous(placed.info, placed.strides)) {
    placed.strides.clear();
  } else {
    count_gathered(placed, available);
  }
  return placed;
}

void Layout::add(const PickleValue& name, const PickleValue& value) {
  const auto unusual = [&](const std::string& what) {
    return Error(codes::kBinNotStateDict, "the file holds something else than named tensors: " + what)
        .file(path_)
        .expected("a dict from names to tensors, as model.state_dict() gives")
        .fix("load the file in Python and save only the tensors, e.g. torch.save(model.state_dict(), path)");
  };
  if (!name.is(PickleKind::kText) || find_bad_utf8(name.text) != std::string_view::npos) {
    throw unusual("a name is no text").got(std::string(describe(name.kind)));
  }
  const std::string text(name.text);
  if (!value.is(PickleKind::kTensor)) {
    throw unusual("an entry is no tensor").key(text).got(std::string(describe(value.kind)));
  }
  if (!names_.insert(text).second) {
    throw Error(codes::kPickleMalformed, "the pickle is malformed: it names a tensor twice")
        .file(path_)
        .key(text);
  }
  Placement placed = place(text, value);
  if (!placed.strides.empty()) result_.strides[text] = std::move(placed.strides);
  result_.dtypes.push_back(placed.info.dtype);
  result_.tensors.push_back(std::move(placed.info));
}

StateDictLayout Layout::finish() {
  std::ranges::stable_sort(result_.tensors, {}, &TensorInfo::begin);
  return std::move(result_);
}

}  // namespace

StateDictLayout lay_out_state_dict(const PickleValue& root, const StorageTable& storages, uint64_t file_size,
                                   const std::string& path) {
  if (!root.is(PickleKind::kDict)) {
    throw Error(codes::kBinNotStateDict, "the file holds something else than named tensors")
        .file(path)
        .expected("a dict from names to tensors, as model.state_dict() gives")
        .got(std::string(describe(root.kind)));
  }
  Layout layout(storages, file_size, path);
  for (std::size_t i = 0; i < root.items.size(); i += 2) layout.add(*root.items[i], *root.items[i + 1]);
  return layout.finish();
}

}  // namespace modelhost

#include "modelhost/formats/torch_bin/bin_writer.h"

#include <cstdio>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "base/bad_utf8.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"
#include "pickle_writer.h"
#include "zip_writer.h"

namespace modelhost {
namespace {

Error tensor_error(const TensorInfo& tensor, const std::string& what) {
  return Error(codes::kBinTensor, what).key(tensor.name);
}

void check(const TensorInfo& tensor) {
  if (find_bad_utf8(tensor.name) != std::string_view::npos)
    throw tensor_error(tensor, "the name of a tensor is not valid UTF-8");
  const uint64_t wanted = static_cast<uint64_t>(tensor.elements()) * dtype_bits(tensor.dtype) / 8;
  if (tensor.bytes() == wanted) return;
  throw tensor_error(tensor, "a tensor has another size than its shape says")
      .expected(std::to_string(wanted) + " bytes")
      .got(std::to_string(tensor.bytes()) + " bytes");
}

// Which storage each tensor has, as positions in the list of tensors that have data of their own.
class Storages {
 public:
  Storages(const std::vector<TensorInfo>& tensors, const SharedData& shared) {
    for (const TensorInfo& tensor : tensors) {
      check(tensor);
      const auto it = shared.find(tensor.name);
      const std::size_t key = it == shared.end() ? stored_.size() : key_of_owner(tensor, it->second);
      if (it == shared.end()) stored_.push_back(&tensor);
      if (!keys_.emplace(tensor.name, key).second) {
        throw tensor_error(tensor, "two tensors of one name cannot be written to one file");
      }
    }
  }

  const std::vector<const TensorInfo*>& stored() const { return stored_; }
  std::string key(const TensorInfo& tensor) const { return std::to_string(keys_.at(tensor.name)); }

 private:
  std::size_t key_of_owner(const TensorInfo& tensor, const std::string& owner) const {
    const auto it = keys_.find(owner);
    if (it == keys_.end()) {
      throw tensor_error(tensor, "a tensor shares data with one that is not written before it")
          .got(quote(owner));
    }
    const TensorInfo& data = *stored_[it->second];
    if (data.dtype == tensor.dtype && data.bytes() == tensor.bytes()) return it->second;
    throw tensor_error(tensor, "a tensor shares data with one of another dtype or size").got(quote(owner));
  }

  std::vector<const TensorInfo*> stored_;
  std::unordered_map<std::string, std::size_t> keys_;
};

std::string state_dict_pickle(const std::vector<TensorInfo>& tensors, const Storages& storages) {
  PickleWriter pickle(tensors.size());
  for (const TensorInfo& tensor : tensors) pickle.add(tensor, storages.key(tensor));
  return pickle.finish();
}

// Records and, of all of them, the number by which PyTorch tells files apart. It is computed like PyTorch
// does, over a set in the order of its buckets, and so depends on the C++ library; nothing reads it.
class Records {
 public:
  Records(FileWriter& out, const std::string& folder) : zip_(out, folder) {}

  void add(const std::string& name, std::span<const std::byte> data) {
    const uint32_t crc = zip_.add(name, data);
    names_.insert(name);
    if (!data.empty()) combine(sums_, crc);
  }
  void add(const std::string& name, std::string_view text) { add(name, std::as_bytes(std::span(text))); }

  void finish() {
    uint64_t names = 0;
    for (const std::string& name : names_) combine(names, std::hash<std::string>()(name));
    char id[41];
    std::snprintf(id, sizeof id, "%020llu%020llu", static_cast<unsigned long long>(names),
                  static_cast<unsigned long long>(sums_));
    zip_.add(".data/serialization_id", std::string_view(id));
    zip_.finish();
  }

 private:
  static void combine(uint64_t& seed, uint64_t value) {
    seed ^= value + 0x9e3779b9 + (seed << 6) + (seed >> 2);
  }

  ZipWriter zip_;
  std::unordered_set<std::string> names_;
  uint64_t sums_ = 0;
};

}  // namespace

void write_bin(FileWriter& out, const std::string& archive_name, const std::vector<TensorInfo>& tensors,
               const FetchTensor& fetch, const SharedData& shared) {
  const Storages storages(tensors, shared);
  Records records(out, archive_name.empty() ? "archive" : archive_name);
  records.add("data.pkl", state_dict_pickle(tensors, storages));
  records.add(".format_version", "1");
  records.add(".storage_alignment", "64");
  records.add("byteorder", "little");
  for (const TensorInfo* tensor : storages.stored()) {
    const TensorBytes bytes = fetch(*tensor);
    if (bytes.data.size() != tensor->bytes()) {
      throw tensor_error(*tensor, "a tensor has another size than was announced");
    }
    records.add("data/" + storages.key(*tensor), std::span<const std::byte>(bytes.data));
  }
  records.add("version", "3\n");
  records.finish();
}

}  // namespace modelhost

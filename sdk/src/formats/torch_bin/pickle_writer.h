// The pickle of a state dict, as Python's pickle module writes it for torch.save in protocol 2.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "modelhost/formats/tensor_info.h"

namespace modelhost {

/// Writes {name: tensor, …}. To be the same to the byte, it numbers (memoizes) every object that Python
/// numbers, and refers to it by number where Python meets the same object again.
class PickleWriter {
 public:
  /// `count` is how many tensors follow.
  explicit PickleWriter(std::size_t count);

  /// A contiguous tensor that covers the storage of that key. Errors: kLoadDtype.
  void add(const TensorInfo& tensor, std::string_view storage_key);
  /// The whole pickle, once all tensors were added.
  std::string finish();

 private:
  void put_tensor(const TensorInfo& tensor, std::string_view storage_key);
  void put_storage(const TensorInfo& tensor, std::string_view storage_key);
  void put_once(const std::string& object, char opcode);
  void put_text(std::string_view text);
  void put_shared_text(std::string_view text) { put_once(std::string(text), 'X'); }
  void put_global(std::string_view name) { put_once(std::string(name) + "\n", 'c'); }
  void put_number(int64_t number);
  void put_tuple(const std::vector<int64_t>& numbers);
  void put_little_endian(uint64_t value, std::size_t bytes);
  void memoize() { put_memo(memo_count_++, 'q', 'r'); }
  void put_memo(uint32_t number, char short_opcode, char long_opcode);

  std::string text_;
  std::map<std::string, uint32_t, std::less<>> memo_;  // of what may be met again
  uint32_t memo_count_ = 0;
  std::size_t count_, added_ = 0;
};

}  // namespace modelhost

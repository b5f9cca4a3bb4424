// How a checkpoint is divided into files.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/formats/tensor_info.h"

namespace modelhost {

/// A number of bytes, or a text as huggingface_hub's `parse_size_to_int` reads it: a number and TB, GB, MB or
/// KB (decimal, any case), e.g. "5GB", "1.5 mb".
class ByteSize {
 public:
  template <std::integral Number>
  ByteSize(Number bytes) : value_(checked(static_cast<int64_t>(bytes))) {}  // NOLINT: meant to be implicit
  ByteSize(std::string_view text) : value_(parse(text)) {}                  // NOLINT
  ByteSize(const std::string& text) : value_(parse(text)) {}                // NOLINT
  ByteSize(const char* text) : value_(parse(text)) {}                       // NOLINT

  uint64_t value() const { return value_; }

 private:
  /// Errors: kSaveOption.
  static uint64_t checked(int64_t bytes);
  static uint64_t parse(std::string_view text);

  uint64_t value_;
};

/// By the name of a tensor, the name of an earlier one whose data it shares, and which has data of its own.
using SharedData = std::map<std::string, std::string, std::less<>>;

/// The tensors of one file, as positions in the list that was divided.
struct Shard {
  std::vector<std::size_t> tensors;
  uint64_t bytes = 0;
};

/// huggingface_hub's `split_torch_state_dict_into_shards`: tensors fill a shard in their order until the next
/// one would not fit; a tensor larger than `max_shard_size` gets a shard of its own, which comes before the
/// one that is open. A tensor named in `shared` has the data of an earlier one: it counts nothing and goes
/// behind the others of the file where that one is; a single file keeps the order. No tensors make one empty
/// shard.
std::vector<Shard> plan_shards(std::span<const TensorInfo> tensors, uint64_t max_shard_size,
                               const SharedData& shared = {});

}  // namespace modelhost

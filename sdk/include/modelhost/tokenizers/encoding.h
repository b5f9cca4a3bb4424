// What a text becomes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace modelhost {

enum class Side { kLeft, kRight };

/// transformers' BatchEncoding for one text or pair. All vectors have the same length, except that `tokens`
/// is empty when EncodeOptions::return_tokens is off.
struct Encoding {
  std::vector<int64_t> input_ids;
  std::vector<int64_t> token_type_ids;
  std::vector<int64_t> attention_mask;
  std::vector<int64_t> special_tokens_mask;  ///< 1: added by the template or by padding
  std::vector<std::string> tokens;

  std::size_t size() const { return input_ids.size(); }
};

}  // namespace modelhost

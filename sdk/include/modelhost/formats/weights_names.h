// The names that weights files have in a model directory, and the index that ties shards together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace modelhost {

enum class WeightsFormat : uint8_t { kSafetensors, kBin };

/// Names as transformers and huggingface_hub make them. A variant stands before the last extension:
/// model.fp16.safetensors, model.fp16-00001-of-00002.safetensors, model.safetensors.index.fp16.json;
/// pytorch_model.fp16.bin, pytorch_model.fp16-00001-of-00002.bin, pytorch_model.bin.index.fp16.json.
class WeightsFiles {
 public:
  /// `variant` is empty for none. Errors: kSaveOption for a variant that is not made of letters, digits, '.',
  /// '_', '-'.
  explicit WeightsFiles(std::string variant = {}, WeightsFormat format = WeightsFormat::kSafetensors);

  WeightsFormat format() const { return format_; }
  std::string single() const;
  std::string index() const;
  /// `number` counts from 1.
  std::string shard(std::size_t number, std::size_t count) const;

  /// Whether a file of that name holds or lists weights of this very variant, in safetensors or PyTorch's own
  /// format: what a save of this variant replaces. Files of other variants and other frameworks are not
  /// meant.
  bool owns(std::string_view name) const;

 private:
  std::string dotted_variant_;  // ".fp16" or ""
  WeightsFormat format_;
};

/// The text of an index file: `json.dumps(indent=2, sort_keys=True)` and a newline.
std::string index_text(const std::map<std::string, std::string>& weight_map, uint64_t total_parameters,
                       uint64_t total_size);

}  // namespace modelhost

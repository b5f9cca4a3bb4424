// Any bytes as the index of a sharded checkpoint.
#include "fuzz/memory_limit.h"
#include "modelhost/base/error.h"
#include "modelhost/formats/shard_index.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const modelhost::fuzz::MemoryLimit limit;
  try {
    const std::filesystem::path file = "fuzz/model.safetensors.index.json";
    const auto index = modelhost::parse_shard_index({reinterpret_cast<const char*>(data), size}, file);
    modelhost::safe_shard_path(file, index.weight_map.begin()->second);
    modelhost::check_all_shards_named(index, file);
  } catch (const modelhost::Error&) {
  }
  return 0;
}

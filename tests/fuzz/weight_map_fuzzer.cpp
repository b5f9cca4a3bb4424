// Any bytes as the index of a sharded checkpoint.
#include "checkpoint/weight_map.h"
#include "fuzz/memory_limit.h"
#include "modelhost/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const modelhost::fuzz::MemoryLimit limit;
  try {
    modelhost::parse_weight_index({reinterpret_cast<const char*>(data), size},
                                  "fuzz/model.safetensors.index.json");
  } catch (const modelhost::Error&) {
  }
  return 0;
}

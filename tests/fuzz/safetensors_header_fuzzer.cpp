// Any bytes as a safetensors file.
#include "fuzz/memory_limit.h"
#include "modelhost/base/error.h"
#include "modelhost/formats/safetensors/safetensors_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const modelhost::fuzz::MemoryLimit limit;
  try {
    modelhost::parse_safetensors_header({reinterpret_cast<const std::byte*>(data), size}, "fuzz");
  } catch (const modelhost::Error&) {
  }
  return 0;
}

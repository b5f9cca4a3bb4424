// Any bytes as pickles, one behind the other.
#include "formats/torch_bin/pickle_machine.h"
#include "fuzz/memory_limit.h"
#include "modelhost/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const modelhost::fuzz::MemoryLimit limit;
  modelhost::PickleMachine machine({reinterpret_cast<const std::byte*>(data), size}, "fuzz");
  try {
    while (machine.position() < size) machine.run();
  } catch (const modelhost::Error&) {
  }
  return 0;
}

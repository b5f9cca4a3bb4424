// Any bytes as pytorch_model.bin, and every tensor of it is reached for.
//
// The first byte chooses. 0: the rest is the whole file. 1: the rest is the pickle of a sound archive with
// two storages, since a fuzzer does not find checksums. 2: the rest follows the head of a file in the old
// format.
#include <string>
#include <vector>

#include "formats/pickle_bytes.h"
#include "formats/torch_bin/bin_layout.h"
#include "formats/torch_bin/strided_copy.h"
#include "fuzz/memory_limit.h"
#include "modelhost/base/error.h"

namespace {

using namespace modelhost;

std::string file_of(uint8_t choice, const std::string& rest) {
  if (choice % 3 == 0) return rest;
  if (choice % 3 == 1)
    return test::bin_bytes(rest, {{"0", std::string(96, 'a')}, {"1", std::string(16, 'b')}}).bytes;
  const std::string head = test::legacy_bytes("", "", "");
  return head.substr(0, head.size() - 3) + rest;
}

// The layout lets a file ask for 64 MiB to be gathered, which takes sanitizers seconds; a part shows the
// rest.
constexpr uint64_t kMostGathered = uint64_t{1} << 16;

void read_all(std::span<const std::byte> file) {
  uint64_t gathered = 0;
  const StateDictLayout layout = read_bin_layout(file, "fuzz");
  volatile unsigned sum = 0;
  for (const TensorInfo& tensor : layout.tensors) {
    const auto strides = layout.strides.find(tensor.name);
    if (strides == layout.strides.end()) {
      const auto bytes = file.subspan(tensor.begin, tensor.bytes());  // its ends say whether it lies inside
      if (!bytes.empty())
        sum = sum + static_cast<unsigned>(bytes.front()) + static_cast<unsigned>(bytes.back());
      continue;
    }
    gathered += tensor.bytes();
    if (gathered > kMostGathered) return;
    std::vector<std::byte> out(tensor.bytes());
    strided_copy(file.data() + tensor.begin, dtype_bits(tensor.dtype) / 8, tensor.shape, strides->second,
                 out);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const modelhost::fuzz::MemoryLimit limit;
  if (size == 0) return 0;
  const std::string text = file_of(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  const std::vector<std::byte> file(test::as_span(text).begin(),
                                    test::as_span(text).end());  // of exactly its size
  try {
    read_all(file);
  } catch (const Error&) {
  }
  return 0;
}

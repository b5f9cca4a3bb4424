#include "modelhost/nn/chunking.h"

#include "modelhost/base/error.h"
#include "modelhost/base/error_codes.h"

namespace modelhost::nn {

void check_chunks(int64_t chunk_size, int64_t length) {
  if (length % chunk_size == 0) return;
  throw Error(codes::kModelInput, "the sequence cannot be cut into the chunks that the config asks for")
      .key("chunk_size_feed_forward")
      .expected("a sequence length that is a multiple of " + std::to_string(chunk_size))
      .got(std::to_string(length));
}

}  // namespace modelhost::nn

// The bytes of a tensor as text, which Catch2 shows and compares.
#pragma once

#include <string>

#include "modelhost/formats/tensor_info.h"

namespace modelhost::test {

inline std::string text_of(const TensorBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data.data()), bytes.data.size()};
}

}  // namespace modelhost::test

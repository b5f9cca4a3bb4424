// What a load made of the tensors of a model.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "modelhost/files/mapped_file.h"
#include "modelhost/model/state_dict.h"

namespace modelhost::test {

inline at::Tensor value(PreTrainedModel& model, const std::string& name) {
  for (const StateEntry& entry : state_dict(model)) {
    if (entry.name == name) return entry.tensor;
  }
  FAIL("no tensor " << name);
  throw 0;
}

/// Whether the tensor is a view of a mapped file.
inline bool is_mapped(const at::Tensor& tensor) {
  return !mapped_file_at(tensor.const_data_ptr()).empty();
}

}  // namespace modelhost::test

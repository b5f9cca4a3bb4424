// Models with known weights, and what a directory holds.
#pragma once

#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "modelhost/load/from_pretrained.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/save/save_pretrained.h"
#include "support/sample_model.h"
#include "support/temp_dir.h"

namespace modelhost::test {

/// A model of which the i-th tensor is `first` + i everywhere.
inline std::shared_ptr<PreTrainedModel> filled_model_of(const ModelSpec& spec, double first,
                                                        int64_t vocab_size = 7, bool tied = true) {
  auto config = std::make_shared<SampleConfig>();
  config->vocab_size = vocab_size;
  config->tie_word_embeddings = tied;
  auto model = spec.make_model(config);
  model->init_weights();
  const at::NoGradGuard no_grad;
  for (const StateEntry& entry : state_dict(*model)) entry.tensor.data().fill_(first++);
  return model;
}

template <typename Model = SampleModel>
std::shared_ptr<PreTrainedModel> filled_model(double first, int64_t vocab_size = 7, bool tied = true) {
  return filled_model_of(model_spec<Model>("Sample"), first, vocab_size, tied);
}

template <typename Model = SampleModel>
LoadedModel load(const std::filesystem::path& directory,
                 const FromPretrainedOptions& options = {.strict = true}) {
  return from_pretrained(model_spec<Model>("Sample"), directory, options);
}

/// Same names, dtypes, shapes and bits.
inline bool same_weights(PreTrainedModel& a, PreTrainedModel& b) {
  const auto left = state_dict(a), right = state_dict(b);
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i].name != right[i].name || left[i].tensor.scalar_type() != right[i].tensor.scalar_type())
      return false;
    if (!at::equal(left[i].tensor, right[i].tensor)) return false;
  }
  return true;
}

/// Names of everything below a directory, sorted.
inline std::vector<std::string> listing(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    names.push_back(entry.path().lexically_relative(directory).string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace modelhost::test

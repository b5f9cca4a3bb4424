// The classes of the goldens.
#pragma once

#include <map>
#include <string>

#include "gpt2_test_support.h"
#include "modelhost/checkpoint/open_checkpoint.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/testing/golden_checkpoint.h"

namespace modelhost::plugins::gpt2 {

template <typename... Models>
std::map<std::string, ModelSpec> specs_of() {
  std::map<std::string, ModelSpec> specs;
  (specs.emplace(class_name(typeid(Models)), spec_of<Models>()), ...);
  return specs;
}

inline ModelSpec spec_named(const std::string& name) {
  return specs_of<GPT2Model, GPT2LMHeadModel, GPT2DoubleHeadsModel, GPT2ForSequenceClassification,
                  GPT2ForTokenClassification, GPT2ForQuestionAnswering>()
      .at(name);
}

/// The class that stands behind the last dash of a golden folder's name.
inline ModelSpec spec_of_folder(const std::filesystem::path& folder) {
  const std::string name = folder.filename().string();
  return spec_named(name.substr(name.rfind('-') + 1));
}

}  // namespace modelhost::plugins::gpt2

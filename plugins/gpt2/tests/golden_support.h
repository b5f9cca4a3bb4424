// The classes of the goldens.
#pragma once

#include <stdexcept>
#include <string>

#include "gpt2_test_support.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/plugin/plugin.h"
#include "modelhost/testing/golden_checkpoint.h"

namespace modelhost::plugins::gpt2 {

/// As the plugin registers it.
inline ModelSpec spec_named(const std::string& name) {
  ModelRegistrar registrar;
  modelhost::detail::register_models<GPT2Model, GPT2LMHeadModel, GPT2DoubleHeadsModel,
                                     GPT2ForSequenceClassification, GPT2ForTokenClassification,
                                     GPT2ForQuestionAnswering>(
      registrar,
      "GPT2Model, GPT2LMHeadModel, GPT2DoubleHeadsModel, GPT2ForSequenceClassification, "
      "GPT2ForTokenClassification, "
      "GPT2ForQuestionAnswering");
  for (ModelSpec& spec : registrar.take()) {
    if (spec.traits.architecture == name) return spec;
  }
  throw std::out_of_range(name);
}

/// The class that stands behind the last dash of a golden folder's name.
inline ModelSpec spec_of_folder(const std::filesystem::path& folder) {
  const std::string name = folder.filename().string();
  return spec_named(name.substr(name.rfind('-') + 1));
}

}  // namespace modelhost::plugins::gpt2

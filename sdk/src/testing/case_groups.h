// The cases of a model, by what they are about; a file each.
#pragma once

#include <vector>

#include "model_fixture.h"

namespace modelhost::testing {

/// A case before it is tied to a class.
struct ModelCheck {
  const char* id;
  const char* sentence;
  void (*check)(const ModelFixture& fixture);
};

std::vector<ModelCheck> config_checks();        ///< config.json and construction
std::vector<ModelCheck> name_checks();          ///< names of tensors
std::vector<ModelCheck> file_checks();          ///< saving and loading
std::vector<ModelCheck> partial_load_checks();  ///< loading where the checkpoint is not the class's own
std::vector<ModelCheck> surgery_checks();       ///< tied weights, sizes of embeddings
std::vector<ModelCheck> head_checks();          ///< attention heads: masking and pruning
std::vector<ModelCheck> forward_checks();       ///< results of one forward against those of another
std::vector<ModelCheck> padding_checks();       ///< padding that a mask hides
std::vector<ModelCheck> cache_checks();         ///< keys and values of earlier tokens
std::vector<ModelCheck> output_checks();        ///< hidden states and attentions
std::vector<ModelCheck> label_checks();         ///< labels and losses
std::vector<ModelCheck> training_checks();      ///< gradients
std::vector<ModelCheck> golden_checks();        ///< results of transformers

}  // namespace modelhost::testing

// Several names for one tensor. safetensors knows no such thing: which of them are written.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "modelhost/model/named_tensors.h"
#include "modelhost/model/pretrained_model.h"

namespace modelhost {

/// The regexes of names that may be left out: the model's `tied_weights_keys` and those of models inside it,
/// with their dotted prefix (transformers' `_get_tied_weight_keys`).
std::vector<std::string> tied_weight_patterns(PreTrainedModel& model);

/// Names to leave out so that each tensor is written once, sorted. As in transformers: of the names of one
/// tensor those that a pattern matches go while at least one is left; tensors that share storage without
/// overlapping are all kept. Errors: kSaveSharedTensors when more than one name would remain, or tensors
/// overlap in part.
std::vector<std::string> duplicates_to_drop(const std::vector<NamedTensors::Entry>& tensors,
                                            const std::vector<std::string>& patterns);

/// Names that stand for the very tensor of an earlier name (same memory, same dtype), with that name. What
/// shares memory in any other way is not among them.
std::map<std::string, std::string, std::less<>> same_tensors(const std::vector<NamedTensors::Entry>& tensors);

}  // namespace modelhost

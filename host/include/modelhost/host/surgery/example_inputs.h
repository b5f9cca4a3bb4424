// Examples for a model, one by one: from texts or from named tensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "modelhost/model/pretrained_model.h"

namespace modelhost::host {

/// What the tokenizer of the model directory makes of each text: those of input_ids, attention_mask and
/// token_type_ids that the class takes, [1, S]. Texts are cut to `max_length` tokens, special ones included;
/// unset: what model and tokenizer can take. Errors: those of Tokenizer::from_pretrained and encode, with the
/// text's position; kTaskModel for a class without input_ids; kTaskInput for a text without tokens.
std::vector<NamedTensors> examples_from_texts(const PreTrainedModel& model,
                                              const std::filesystem::path& model_dir,
                                              std::span<const std::string> texts,
                                              std::optional<int64_t> max_length);

/// The rows of the tensors in a safetensors file, which are named as the arguments of the class's `forward`.
/// Errors: kTaskInput when their first dimensions differ; those of SafetensorsReader.
std::vector<NamedTensors> examples_from_tensors(const PreTrainedModel& model,
                                                const std::filesystem::path& file);

}  // namespace modelhost::host

// How many ids the tokenizer of a model directory can give.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace modelhost::host {

/// One more than the largest id in tokenizer.json, of whatever kind the tokenizer is; without that file, in
/// vocab.json or vocab.txt. Nothing where none of them is there or the file is not understood.
std::optional<int64_t> tokenizer_ids(const std::filesystem::path& model_dir);

}  // namespace modelhost::host

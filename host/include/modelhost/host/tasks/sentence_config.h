// What a sentence-transformers model says of itself beside its weights: modules.json and the files it names.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace modelhost::host {

/// How token vectors become one vector. Names follow sentence-transformers' `pooling_mode_…` keys.
enum class Pooling { kCls, kMax, kMean, kMeanSqrtLen, kWeightedMean, kLastToken };

/// "cls", "max", "mean", "mean_sqrt_len", "weightedmean" or "lasttoken" (also "last"); nullopt when unknown.
std::optional<Pooling> pooling_from_name(const std::string& name);

struct SentenceConfig {
  /// Applied side by side; the results are concatenated in this order.
  std::vector<Pooling> pooling = {Pooling::kMean};
  bool normalize = false;
  std::optional<int64_t> max_seq_length;  ///< in tokens, special ones included
  bool do_lower_case = false;             ///< lower the text before it is tokenised
};

/// Reads modules.json, the pooling config and sentence_bert_config.json of a model directory. A directory
/// without modules.json gets what sentence-transformers gives it: mean pooling, no normalisation. Errors:
/// kTaskModel for modules that are not supported or files that do not fit; those of read_json_file.
SentenceConfig read_sentence_config(const std::filesystem::path& model_dir);

}  // namespace modelhost::host

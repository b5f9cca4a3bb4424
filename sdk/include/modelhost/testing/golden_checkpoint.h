// Golden checkpoints: what transformers computed, beside the model that it computed it from.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/load/from_pretrained.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost::testing {

/// A folder `<anything>-<architecture>` with config and weights and
///   inputs.safetensors   tensors named `<case>.<name>`;
///   outputs.safetensors  what eager attention gives for the inputs of each case, in float32;
///   sdpa.safetensors     optional: those outputs for which fused attention gives something else;
///   surgery.json         optional: steps such as {"prune": {"0": [1]}} or {"resize": 70,
///   "pad_to_multiple_of":
///                        8} which come between loading and computing.
class GoldenCheckpoint {
 public:
  /// Errors: those of read_json_file and open_checkpoint; kCheckpointNoTensor for a tensor without case.
  explicit GoldenCheckpoint(std::filesystem::path folder);

  /// Those of one architecture below `root`, sorted by name; none when there is no such folder.
  static std::vector<GoldenCheckpoint> all(const std::filesystem::path& root, std::string_view architecture);

  const std::filesystem::path& folder() const { return folder_; }
  /// inputs.safetensors, by case.
  const std::map<std::string, NamedTensors>& inputs() const { return inputs_; }
  /// outputs.safetensors, by case.
  const std::map<std::string, NamedTensors>& outputs() const { return outputs_; }

  /// The model, strictly loaded in float32 and operated on, in eval mode.
  /// Errors: those of from_pretrained, kModelSurgery, kJsonType for a malformed step.
  std::shared_ptr<PreTrainedModel> model(const ModelSpec& spec, const std::string& attention) const;
  /// What `model` gives for one case, all that was recorded.
  NamedTensors run(PreTrainedModel& model, const std::string& name) const;
  /// What it is to give with "eager" or "sdpa". With the latter, attentions are left out of cases where the
  /// two differ: transformers does not return them there.
  NamedTensors wanted(const std::string& name, std::string_view attention) const;

 private:
  std::filesystem::path folder_;
  std::map<std::string, NamedTensors> inputs_, outputs_, differing_;
  Json surgery_ = Json::array();
};

}  // namespace modelhost::testing

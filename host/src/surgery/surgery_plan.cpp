#include "surgery_plan.h"

#include <algorithm>
#include <unordered_map>

#include "modelhost/formats/checkpoint_names.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/weights_format.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/model/state_dict.h"

namespace modelhost::host {
namespace {

std::string lines(const char* what, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += "\n            " + std::string(what) + " " + name;
  return text;
}

// A buffer that files need not have is what the constructor made it.
std::vector<std::string> made_up(const LoadPlan& plan) {
  std::vector<std::string> names;
  for (const StateEntry& entry : plan.to_initialize) {
    const bool is_missing = std::ranges::find(plan.missing_keys, entry.name) != plan.missing_keys.end();
    if (!entry.is_buffer || is_missing) names.push_back(entry.name);
  }
  return names;
}

Error lacking(const PreTrainedModel& model, const std::vector<std::string>& missing) {
  return Error(codes::kLoadIncomplete, "the checkpoint lacks weights of " + model.traits().architecture +
                                           ", which would be made up:" + lines("missing", missing))
      .fix("name the class that the checkpoint was saved from with --architecture");
}

Error losing(const PreTrainedModel& model, const std::vector<std::string>& unexpected) {
  return Error(codes::kLoadIncomplete, model.traits().architecture +
                                           " does not have all weights of the checkpoint; these would be "
                                           "lost:" +
                                           lines("unexpected", unexpected))
      .fix("name a class that has them with --architecture, or give --drop-unexpected");
}

}  // namespace

std::shared_ptr<PreTrainedModel> placeholder_model(const SurgeryInput& input, c10::ScalarType dtype) {
  try {
    const nn::ParameterOptions parameters(dtype, at::kCPU);
    const ConfigJson& config = input.files.config();
    return input.spec.make_model(input.spec.config_from(config.object, config.file));
  } catch (Error& error) {
    if (error.file().empty()) error.file(input.files.config().file);
    throw;
  }
}

c10::ScalarType dtype_without_loss(const LoadPlan& plan) {
  std::optional<c10::ScalarType> dtype;
  for (const LoadStep& step : plan.steps) {
    const auto type = scalar_type(step.source->dtype);
    if (step.target.is_buffer || !type || !at::isFloatingType(*type) || c10::elementSize(*type) < 2) continue;
    dtype = dtype ? c10::promoteTypes(*dtype, *type) : *type;
  }
  return dtype.value_or(at::kFloat);
}

void check_nothing_is_lost(const PreTrainedModel& model, const LoadPlan& plan, const std::string& config_file,
                           bool drop_unexpected) {
  if (!plan.mismatched_keys.empty()) throw mismatch_error(plan, model, config_file);
  if (const auto missing = made_up(plan); !missing.empty()) throw lacking(model, missing).file(config_file);
  if (!plan.unexpected_keys.empty() && !drop_unexpected)
    throw losing(model, plan.unexpected_keys).file(config_file);
}

std::vector<std::string> files_to_write(PreTrainedModel& model, const ChangeOptions& options) {
  const std::vector<std::string>& ignored = model.traits().keys_to_ignore_on_save;
  std::unordered_map<const c10::TensorImpl*, std::string> first_names;
  std::vector<TensorInfo> infos;
  SharedData shared;  // in pytorch_model.bin a tied tensor keeps all its names
  for (const StateEntry& entry : state_dict(model)) {
    if (std::ranges::find(ignored, entry.name) != ignored.end()) continue;
    const auto [first, is_new] = first_names.emplace(entry.tensor.unsafeGetTensorImpl(), entry.name);
    if (!is_new && !format_row(options.to).shares_data) continue;
    if (!is_new) shared.emplace(entry.name, first->second);
    infos.push_back({entry.name, checkpoint_dtype(entry.tensor.scalar_type()), entry.tensor.sizes().vec(), 0,
                     static_cast<uint64_t>(entry.tensor.numel()) * entry.tensor.element_size()});
  }
  const CheckpointNames names({}, options.to);
  const std::size_t shards = plan_shards(infos, options.max_shard_size.value(), shared).size();
  std::vector<std::string> files = {"config.json"};
  if (model.generation_config()) files.emplace_back("generation_config.json");
  if (shards == 1) files.push_back(names.single());
  for (std::size_t i = 1; shards > 1 && i <= shards; ++i) files.push_back(names.shard(i, shards));
  if (shards > 1) files.push_back(names.index());
  std::ranges::sort(files);
  return files;
}

}  // namespace modelhost::host

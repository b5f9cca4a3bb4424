#include <ATen/core/grad_mode.h>

#include <chrono>
#include <unordered_set>

#include "base/system_memory.h"
#include "config_blame.h"
#include "load_with_config.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "modelhost/load/load_plan.h"
#include "placement.h"
#include "weight_transfer.h"

namespace modelhost {
namespace {

// Which of the config's values asks for so much.
void name_config_key(Error& error, const PretrainedConfig& config, const LoadPlan& plan,
                     const std::string& config_file) {
  const Json fields = config.to_dict();
  std::vector<std::string> values;
  const std::vector<std::string> keys = keys_behind(config, plan.to_initialize);
  for (const std::string& key : keys) values.push_back(key + " " + fields[key].dump());
  if (!config_file.empty()) error.file(config_file);
  if (!keys.empty()) error.key(keys.front()).note("the config says " + join(values, ", "));
}

Error memory_error(const PreTrainedModel& model, const LoadPlan& plan, double wanted,
                   const std::string& config_file) {
  Error error(codes::kModelBuild,
              model.traits().architecture + " needs more new weights than there is free memory");
  error.expected("at most " + human_bytes(available_memory()))
      .got(std::to_string(plan.to_initialize.size()) + " tensors missing in the checkpoint, " +
           human_bytes(static_cast<uint64_t>(wanted)) + " in all")
      .fix("check the sizes in config.json against the checkpoint, or free memory");
  name_config_key(error, model.config(), plan, config_file);
  return error;
}

// Bytes that loading allocates: what is copied and what is made anew.
double new_bytes(const LoadPlan& plan, uint64_t bytes_to_copy) {
  double bytes = static_cast<double>(bytes_to_copy);
  for (const StateEntry& entry : plan.to_initialize) {
    bytes += static_cast<double>(entry.tensor.numel()) * static_cast<double>(entry.tensor.element_size());
  }
  return bytes;
}

// A config can ask for any number of layers that the checkpoint does not have.
void check_memory(const PreTrainedModel& model, const LoadPlan& plan, double wanted,
                  const std::string& config_file) {
  if (wanted > static_cast<double>(available_memory())) throw memory_error(model, plan, wanted, config_file);
}

// A module of which any parameter is new is initialised as a whole; what the checkpoint has overwrites it
// later. Backwards, as in PreTrainedModel::init_weights.
void initialize(PreTrainedModel& model, const LoadPlan& plan) {
  std::unordered_set<torch::nn::Module*> done;
  for (auto entry = plan.to_initialize.rbegin(); entry != plan.to_initialize.rend(); ++entry) {
    if (!done.insert(entry->owner).second) continue;
    for (auto& parameter : entry->owner->named_parameters(/*recurse=*/false))
      nn::materialize(parameter.value());
    model.init_module_weights(*entry->owner);
  }
}

// What the checkpoint did not bring follows the weights: new parameters and buffers.
void move_rest(PreTrainedModel& model, c10::Device device) {
  auto move = [device](at::Tensor tensor) {
    if (tensor.device() != device) tensor.set_data(tensor.to(device));
  };
  for (const at::Tensor& parameter : model.parameters()) move(parameter);
  for (const at::Tensor& buffer : model.buffers()) move(buffer);
}

void check_plan(const PreTrainedModel& model, const LoadPlan& plan, const FromPretrainedOptions& options,
                const std::string& config_file) {
  const bool incomplete =
      !plan.missing_keys.empty() || !plan.unexpected_keys.empty() || !plan.mismatched_keys.empty();
  if (options.strict && incomplete) {
    Error error = incomplete_error(plan, model.traits().architecture);
    if (!config_file.empty()) error.file(config_file);
    throw error;
  }
  if (!options.ignore_mismatched_sizes && !plan.mismatched_keys.empty())
    throw mismatch_error(plan, model, config_file);
}

LoadReport make_report(LoadPlan& plan, const CheckpointReader& checkpoint, const Placements& placements) {
  LoadReport report;
  for (const StateEntry& entry : plan.to_initialize) report.newly_initialized.push_back(entry.name);
  report.missing_keys = std::move(plan.missing_keys);
  report.unexpected_keys = std::move(plan.unexpected_keys);
  report.mismatched_keys = std::move(plan.mismatched_keys);
  report.error_msgs = std::move(plan.messages);
  for (const auto& file : checkpoint.files()) report.files.push_back(file.string());
  report.read_mode = read_mode_name(checkpoint.read_mode());
  report.device_map = placements.resolved();
  return report;
}

Placements placements_for(PreTrainedModel& model, const CheckpointReader& checkpoint, const DeviceMap& map) {
  std::vector<std::string> names;
  for (const StateEntry& entry : state_dict(model)) names.push_back(entry.name);
  return {map, names, checkpoint.total_bytes()};
}

}  // namespace

LoadReport load_weights(PreTrainedModel& model, CheckpointReader& checkpoint,
                        const FromPretrainedOptions& options, const std::string& config_file) {
  const auto start = std::chrono::steady_clock::now();
  const at::NoGradGuard no_grad;
  LoadPlan plan = make_load_plan(model, checkpoint, options.key_mapping);
  check_plan(model, plan, options, config_file);
  const Placements placements = placements_for(model, checkpoint, options.device_map);
  WeightTransfer transfer(model, checkpoint, plan, placements);
  const double wanted = new_bytes(plan, transfer.bytes_to_copy());
  check_memory(model, plan, wanted, config_file);
  try {
    transfer.read(options.progress);
    initialize(model, plan);
    LoadReport report = make_report(plan, checkpoint, placements);
    transfer.commit(report);
    if (!placements.empty()) move_rest(model, placements.compute_device());
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return report;
  } catch (const c10::Error& error) {  // LibTorch's allocator says it so
    throw memory_error(model, plan, wanted, config_file).note(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    throw memory_error(model, plan, wanted, config_file).note("the memory ran out while loading");
  }
}

LoadReport load_weights(PreTrainedModel& model, CheckpointReader& checkpoint,
                        const FromPretrainedOptions& options) {
  return load_weights(model, checkpoint, options, "");
}

}  // namespace modelhost

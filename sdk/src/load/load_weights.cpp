#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <unistd.h>

#include <chrono>
#include <unordered_set>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/load/load_plan.h"
#include "modelhost/load/tensor_bytes.h"

namespace modelhost {
namespace {

// A config can ask for any number of layers that the checkpoint does not have.
void check_memory(const LoadPlan& plan, const std::string& architecture) {
  double wanted = 0;
  for (const StateEntry& entry : plan.to_initialize) {
    wanted += static_cast<double>(entry.tensor.numel()) * static_cast<double>(entry.tensor.element_size());
  }
  const double memory =
      static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (wanted <= memory) return;
  throw Error(codes::kModelBuild, architecture + " needs more new weights than this machine has memory")
      .expected("at most " + human_bytes(static_cast<uint64_t>(memory)))
      .got(std::to_string(plan.to_initialize.size()) + " tensors missing in the checkpoint, " +
           human_bytes(static_cast<uint64_t>(wanted)))
      .fix("check the sizes in config.json against the checkpoint");
}

void check_dtypes(const LoadPlan& plan) {
  for (const LoadStep& step : plan.steps) {
    if (scalar_type(step.source->dtype)) continue;
    throw Error(codes::kLoadDtype, "LibTorch has no type for " + std::string(dtype_name(step.source->dtype)))
        .key(step.source->name);
  }
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

bool can_assign(const PreTrainedModel& model, const LoadStep& step, const at::Tensor& source) {
  const at::Tensor& target = step.target.tensor;
  return model.traits().supports_assign_param_buffer && target.scalar_type() == source.scalar_type() &&
         target.device() == source.device() && !step.target.is_buffer;
}

void apply_step(const PreTrainedModel& model, const LoadStep& step, CheckpointReader& checkpoint,
                LoadReport& report) {
  at::Tensor target = step.target.tensor;
  const at::Tensor source = tensor_over(*step.source, checkpoint.bytes(*step.source));
  if (can_assign(model, step, source)) {
    target.set_data(source);
    ++report.tensors_assigned;
    report.bytes_assigned += step.source->bytes();
    return;
  }
  at::Tensor copy = at::empty(target.sizes(), target.options().requires_grad(false));
  copy.copy_(source);
  target.set_data(copy);
  ++report.tensors_copied;
  report.bytes_copied += static_cast<uint64_t>(copy.nbytes());
}

}  // namespace

LoadReport load_weights(PreTrainedModel& model, CheckpointReader& checkpoint, const LoadOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const at::NoGradGuard no_grad;
  LoadPlan plan = make_load_plan(model, checkpoint);
  const std::string& architecture = model.traits().architecture;
  const bool incomplete =
      !plan.missing_keys.empty() || !plan.unexpected_keys.empty() || !plan.mismatched_keys.empty();
  if (options.strict && incomplete) throw incomplete_error(plan, architecture);
  if (!options.ignore_mismatched_sizes && !plan.mismatched_keys.empty())
    throw mismatch_error(plan, architecture);
  check_dtypes(plan);
  check_memory(plan, architecture);

  LoadReport report;
  try {
    initialize(model, plan);
    for (const LoadStep& step : plan.steps) apply_step(model, step, checkpoint, report);
  } catch (const c10::Error& error) {  // out of memory
    throw Error(codes::kModelBuild, architecture + " could not be loaded: " + error.what_without_backtrace());
  }
  report.missing_keys = std::move(plan.missing_keys);
  report.unexpected_keys = std::move(plan.unexpected_keys);
  report.mismatched_keys = std::move(plan.mismatched_keys);
  for (const auto& file : checkpoint.files()) report.files.push_back(file.string());
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace modelhost

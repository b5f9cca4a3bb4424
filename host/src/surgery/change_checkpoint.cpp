#include "modelhost/host/surgery/change_checkpoint.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>

#include "checkpoints/companion_files.h"
#include "modelhost/base/log.h"
#include "modelhost/files/atomic_directory.h"
#include "modelhost/files/error_codes.h"
#include "modelhost/files/file_writer.h"
#include "modelhost/formats/checkpoint_names.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/save/save_pretrained.h"
#include "surgery_plan.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

bool is_weights(const std::string& name) {
  return CheckpointNames().owns(name);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

ModelOptions model_options(const ChangeOptions& options) {
  ModelOptions chosen;
  chosen.architecture = options.architecture;
  chosen.load.progress = options.loading;
  return chosen;
}

SurgeryInput open_input(Host& host, const fs::path& in, const ModelOptions& options) {
  PretrainedFiles files = Host::open_files(in, options);
  const ModelSpec& spec = host.find_model(files.config(), options);
  return {spec, std::move(files)};
}

// Everything that can be said without reading a weight. Leaves in `dtype` what to load in.
ChangeReport preview(const SurgeryInput& input, const ModelChange& change, const ChangeOptions& options) {
  ChangeReport report;
  auto model = placeholder_model(input, at::kFloat);
  const LoadPlan plan = make_load_plan(*model, input.files.weights());
  check_nothing_is_lost(*model, plan, input.files.config().file, options.drop_unexpected);
  const c10::ScalarType dtype = dtype_without_loss(plan);
  if (dtype != at::kFloat) model = placeholder_model(input, dtype);
  report.architecture = input.spec.traits.architecture;
  report.dtype = scalar_type_name(dtype);
  report.dropped = plan.unexpected_keys;
  report.before = figures_of(*model);
  change(*model);
  report.after = figures_of(*model);
  report.files = files_to_write(*model, options);
  return report;
}

// What the real run would refuse at once.
void check_target(const fs::path& out) {
  std::error_code error;
  fs::path place = fs::absolute(out);
  while (!fs::exists(place, error) && place.has_relative_path()) place = place.parent_path();
  const bool directory = fs::is_directory(place, error);
  if (directory && ::access(place.c_str(), W_OK) == 0) return;
  throw Error(codes::kSaveTarget, "the save target is not a directory that can be written")
      .file(out.string())
      .got(place.string() + (directory ? ", which may not be written" : ", which is no directory"))
      .fix("choose another path, or move what is there");
}

// Weights of the target that the new ones replace, as far as can be said beforehand.
std::vector<std::string> files_to_remove(const fs::path& out, const std::vector<std::string>& files) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(out, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (is_weights(name) && !contains(files, name) && !it->is_directory(error)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

// "model.safetensors (weights)" and the like, of files that come in new.
void leave_out_replaced(std::vector<std::string>& skipped) {
  std::erase_if(skipped, [](const std::string& text) { return is_weights(text.substr(0, text.find(" ("))); });
}

void describe_companions(const CompanionCopy& companions, const fs::path& out, ChangeReport& report) {
  report.copied = companions.found().files;
  report.skipped = companions.found().skipped;
  leave_out_replaced(report.skipped);
  if (!companions.within_one_directory()) return;
  for (const std::string& text : find_companion_files(out).skipped) {
    if (text.ends_with(" (weights)")) report.unchanged.push_back(text.substr(0, text.rfind(" (")));
  }
  std::erase_if(report.unchanged, is_weights);
}

LoadedModel load_changed(const SurgeryInput& input, const ModelChange& change, ModelOptions options,
                         ChangeReport& report) {
  options.load.dtype = scalar_type_from_name(report.dtype);
  LoadedModel loaded = from_pretrained(input.spec, input.files, options.load);
  log(loaded.report.complete() ? LogLevel::kInfo : LogLevel::kWarning, loaded.report.to_text());
  report.before = figures_of(*loaded.model);
  change(*loaded.model);
  report.after = figures_of(*loaded.model);
  return loaded;
}

// save_pretrained makes a directory of its own inside the stage, so that whatever is left of it goes with the
// stage; its files are then among the others, and one commit publishes all of them.
std::vector<std::string> save_into(const fs::path& stage, PreTrainedModel& model,
                                   const ChangeOptions& options) {
  const fs::path own = stage / "saving";
  SaveOptions save;
  save.max_shard_size = options.max_shard_size;
  save.safe_serialization = options.to == WeightsFormat::kSafetensors;
  save.progress = options.writing;
  const std::vector<std::string> files = save_pretrained(model, own, save).files;
  for (const std::string& name : files) {
    if (::rename((own / name).c_str(), (stage / name).c_str()) != 0) throw unwritable(stage / name, errno);
  }
  fs::remove(own);
  return files;
}

void publish(AtomicDirectory& target, PreTrainedModel& model, const CompanionCopy& companions,
             const ChangeOptions& options, ChangeReport& report) {
  try {
    report.files = save_into(target.stage(), model, options);
    target.require_space(companions.bytes());
    companions.write(target.stage());
    report.removed = target.commit(is_weights).removed;
  } catch (Error& error) {  // the stage is gone when somebody reads this
    if (error.file().starts_with(target.stage().string())) error.file(target.target().string());
    throw;
  }
}

}  // namespace

Json ChangeReport::to_json() const {
  return {{"directory", directory.string()},
          {"architecture", architecture},
          {"dtype", dtype},
          {"before", before.to_json()},
          {"after", after.to_json()},
          {"files", files},
          {"copied", copied},
          {"skipped", skipped},
          {"removed", removed},
          {"dropped", dropped},
          {"unchanged", unchanged},
          {"seconds", seconds}};
}

ChangeReport change_checkpoint(Host& host, const ModelSource& source, const fs::path& out,
                               const ModelChange& change, const ChangeOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const fs::path in = source.local();
  const SurgeryInput input = open_input(host, in, model_options(options));
  ChangeReport report = preview(input, change, options);
  CompanionCopy companions(in, out);
  companions.leave_out(report.files);
  describe_companions(companions, out, report);
  report.directory = out;
  if (options.dry_run) {
    check_target(out);
    report.removed = files_to_remove(out, report.files);
  } else {
    AtomicDirectory target(out);
    target.set_gate("config.json");
    report.directory = target.target();
    const LoadedModel loaded = load_changed(input, change, model_options(options), report);
    publish(target, *loaded.model, companions, options, report);
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace modelhost::host

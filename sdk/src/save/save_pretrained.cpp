#include "modelhost/save/save_pretrained.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <unordered_map>

#include "modelhost/files/atomic_directory.h"
#include "modelhost/formats/checkpoint_names.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/shard_index.h"
#include "modelhost/formats/weights_format.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/model/measures.h"
#include "modelhost/model/state_dict.h"
#include "shared_tensors.h"

namespace modelhost {
namespace {

using Tensors = std::vector<NamedTensors::Entry>;

constexpr const char* kConfigFile = "config.json";
constexpr const char* kGenerationConfig = "generation_config.json";
constexpr uint64_t kSpaceForTheRest = uint64_t{1} << 20;  // headers, config, directories

Tensors own_tensors(PreTrainedModel& model) {
  Tensors tensors;
  for (const StateEntry& entry : state_dict(model)) tensors.emplace_back(entry.name, entry.tensor);
  return tensors;
}

void check_have_values(const Tensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.is_meta() && !nn::is_placeholder(tensor)) continue;
    throw Error(codes::kSaveNoWeights, "a weight was never loaded or initialised")
        .key(name)
        .fix("call from_pretrained or init_weights before saving");
  }
}

std::size_t remove_names(Tensors& tensors, const std::vector<std::string>& names) {
  return std::erase_if(tensors, [&names](const NamedTensors::Entry& entry) {
    return std::ranges::find(names, entry.first) != names.end();
  });
}

const FormatRow& format_of(const SaveOptions& options) {
  return format_row(options.safe_serialization ? WeightsFormat::kSafetensors : WeightsFormat::kBin);
}

// What goes into the files, in the order of the state dict.
Tensors tensors_to_save(PreTrainedModel& model, const SaveOptions& options, SaveReport& report) {
  Tensors tensors = options.state_dict ? Tensors(options.state_dict->begin(), options.state_dict->end())
                                       : own_tensors(model);
  for (const std::string& name : model.traits().keys_to_ignore_on_save) {
    if (remove_names(tensors, {name}) > 0) report.ignored_keys.push_back(name);
  }
  check_have_values(tensors);
  if (!format_of(options).shares_data) {
    report.tied_keys = duplicates_to_drop(tensors, tied_weight_patterns(model));
    remove_names(tensors, report.tied_keys);
  }
  return tensors;
}

std::vector<TensorInfo> infos_of(const Tensors& tensors) {
  std::vector<TensorInfo> infos;
  for (const auto& [name, tensor] : tensors) {
    infos.push_back({name, checkpoint_dtype(tensor.scalar_type()), tensor.sizes().vec(), 0,
                     static_cast<uint64_t>(tensor.numel()) * tensor.element_size()});
  }
  return infos;
}

// The bytes of a tensor where they lie, or of a copy that lives as long as the result.
TensorBytes stored_bytes(const at::Tensor& tensor) {
  auto plain = std::make_shared<at::Tensor>(tensor.detach().cpu().contiguous());
  auto* data = const_cast<std::byte*>(static_cast<const std::byte*>(plain->const_data_ptr()));  // only read
  return {{data, plain->nbytes()}, plain};
}

class WeightsWriter {
 public:
  WeightsWriter(const Tensors& tensors, const SaveOptions& options)
      : format_(format_of(options)),
        names_(options.variant, format_.format),
        progress_(options.progress),
        infos_(infos_of(tensors)) {
    for (const auto& [name, tensor] : tensors) by_name_.emplace(name, &tensor);
    if (format_.shares_data) shared_ = same_tensors(tensors);
    shards_ = plan_shards(infos_, options.max_shard_size.value(), shared_);
    for (const Shard& shard : shards_) total_ += shard.bytes;
  }

  uint64_t total() const { return total_; }
  std::size_t shards() const { return shards_.size(); }
  const CheckpointNames& names() const { return names_; }

  void write(const std::filesystem::path& stage, uint64_t parameters) {
    std::map<std::string, std::string> weight_map;
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      const std::string file = shards_.size() == 1 ? names_.single() : names_.shard(i + 1, shards_.size());
      for (const std::size_t tensor : shards_[i].tensors) weight_map[infos_[tensor].name] = file;
      write_shard(stage / file, shards_[i]);
    }
    if (shards_.size() > 1)
      write_new_file(stage / names_.index(), shard_index_text(weight_map, parameters, total_));
  }

 private:
  void write_shard(const std::filesystem::path& path, const Shard& shard) {
    std::vector<TensorInfo> infos;
    for (const std::size_t tensor : shard.tensors) infos.push_back(infos_[tensor]);
    FileWriter out(path, [this](uint64_t bytes) { report_progress(bytes); });
    const auto fetch = [this](const TensorInfo& info) { return stored_bytes(*by_name_.at(info.name)); };
    format_.write(out, path.filename(), {std::move(infos), {{"format", "pt"}}, shared_, fetch});
    out.finish();
  }

  void report_progress(uint64_t bytes) {
    done_ = std::min(done_ + bytes, total_);  // headers count as nothing
    if (progress_) progress_(done_, total_);
  }

  const FormatRow& format_;
  CheckpointNames names_;
  std::function<void(uint64_t, uint64_t)> progress_;
  std::vector<TensorInfo> infos_;
  std::unordered_map<std::string, const at::Tensor*> by_name_;
  SharedData shared_;
  std::vector<Shard> shards_;
  uint64_t total_ = 0, done_ = 0;
};

void describe_in_config(PreTrainedModel& model) {
  model.config().architectures = {model.traits().architecture};
  model.config().dtype = scalar_type_name(model.dtype());
}

// As in transformers: what config.json said about generation moves to the file that is made for it.
void move_generation_values(PreTrainedModel& model) {
  auto& generation = model.generation_config();
  if (!generation) return;
  const Json values = misplaced_generation_values(model.config());
  std::vector<std::string> names;
  for (const auto& [name, value] : values.items()) {
    generation->set(name, value);
    names.push_back(name);
  }
  generation->validate(kGenerationConfig, /*strict=*/true);
  model.config().give_up(names);
}

void write_configs(PreTrainedModel& model, const std::filesystem::path& stage) {
  write_new_file(stage / kConfigFile, model.config().to_json_string());
  if (const auto& generation = model.generation_config())
    write_new_file(stage / kGenerationConfig, generation->to_json_string());
}

std::vector<std::string> names_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

SaveReport save_pretrained(PreTrainedModel& model, const std::filesystem::path& directory,
                           const SaveOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const at::NoGradGuard no_grad;
  SaveReport report;
  const Tensors tensors = tensors_to_save(model, options, report);
  WeightsWriter weights(tensors, options);
  describe_in_config(model);
  move_generation_values(model);

  AtomicDirectory target(directory);
  target.set_gate(kConfigFile);
  target.require_space(weights.total() + kSpaceForTheRest);
  write_configs(model, target.stage());
  weights.write(target.stage(), static_cast<uint64_t>(num_parameters(model)));
  report.files = names_in(target.stage());
  AtomicDirectory::Outcome outcome =
      target.commit([&weights](const std::string& name) { return weights.names().owns(name); });

  report.directory = target.target();
  report.removed = std::move(outcome.removed);
  report.journal = outcome.journal;
  report.tensors = static_cast<int64_t>(tensors.size());
  report.shards = static_cast<int64_t>(weights.shards());
  report.bytes = weights.total();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace modelhost

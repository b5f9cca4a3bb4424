#include "modelhost/load/load_plan.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "config_blame.h"
#include "key_pattern.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

using TensorId = const c10::TensorImpl*;

TensorId id_of(const StateEntry& entry) {
  return entry.tensor.unsafeGetTensorImpl();
}

// The model's name for every tensor of the checkpoint, and what is left over.
struct MappedKeys {
  std::unordered_map<std::string, const TensorInfo*> sources;  // model name -> tensor
  std::vector<const TensorInfo*> left_out;                     // not part of a base model
  std::string added_prefix;                                    // in front of the checkpoint's names
};

class KeyMapper {
 public:
  KeyMapper(PreTrainedModel& model, const CheckpointReader& checkpoint, const std::vector<StateEntry>& state,
            const KeyMapping& key_mapping)
      : checkpoint_(checkpoint), prefix_(model.traits().base_model_prefix) {
    std::vector<std::string> model_keys;
    for (const StateEntry& entry : state) model_keys.push_back(entry.name);
    const KeyRenames renames(model_keys, key_mapping);
    for (const TensorInfo& tensor : checkpoint.tensors()) keys_.push_back(renames(tensor.name));
    const bool has_child = !prefix_.empty() && model.named_children().contains(prefix_);
    rule_ = prefix_rule(keys_, model_keys, prefix_, has_child);
  }

  MappedKeys map(LoadPlan& plan) const {
    MappedKeys mapped;
    if (rule_ == PrefixRule::kAdd) mapped.added_prefix = prefix_ + ".";
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const TensorInfo& tensor = checkpoint_.tensors()[i];
      const std::string name = map_key(keys_[i], rule_, prefix_);
      if (name.empty()) {
        mapped.left_out.push_back(&tensor);
        continue;
      }
      const auto [it, added] = mapped.sources.emplace(name, &tensor);
      if (added) continue;
      const TensorInfo* other = it->second;
      if (keys_[i] == tensor.name) it->second = &tensor;  // the modern name wins over a legacy one
      plan.messages.push_back(name + " stands in the checkpoint as " + other->name + " and as " +
                              tensor.name + ": " + it->second->name + " is used");
    }
    return mapped;
  }

 private:
  const CheckpointReader& checkpoint_;
  std::string prefix_;
  std::vector<std::string> keys_;
  PrefixRule rule_ = PrefixRule::kKeep;
};

bool same_shape(const StateEntry& entry, const TensorInfo& source) {
  return entry.tensor.sizes() == at::IntArrayRef(source.shape);
}

void collect_missing(const std::vector<StateEntry>& state, const MappedKeys& mapped,
                     const ModelTraits& traits, LoadPlan& plan) {
  std::unordered_set<TensorId> present;
  for (const StateEntry& entry : state) {
    if (mapped.sources.contains(entry.name)) present.insert(id_of(entry));
  }
  const auto ignored =
      compile_patterns(traits.keys_to_ignore_on_load_missing, "keys_to_ignore_on_load_missing");
  std::unordered_set<TensorId> seen;
  for (const StateEntry& entry : state) {
    if (present.contains(id_of(entry))) continue;  // itself, or another name of the same tied tensor
    if (seen.insert(id_of(entry)).second) plan.to_initialize.push_back(entry);
    if (!any_found_in(ignored, entry.name)) plan.missing_keys.push_back(entry.name);
  }
  std::ranges::sort(plan.missing_keys);
}

void collect_unexpected(PreTrainedModel& model, const std::vector<StateEntry>& state,
                        const MappedKeys& mapped, LoadPlan& plan) {
  std::unordered_set<std::string> known;
  for (const StateEntry& entry : state) known.insert(entry.name);
  std::vector<std::string> ignore = model.traits().keys_to_ignore_on_load_unexpected;
  for (std::string& name : buffer_names(model)) {
    // Older models saved this buffer once a layer.
    if (name.ends_with("rotary_emb.inv_freq")) ignore.emplace_back("rotary_emb\\.inv_freq");
    known.insert(std::move(name));
  }
  const auto ignored = compile_patterns(ignore, "keys_to_ignore_on_load_unexpected");
  auto add = [&](std::string_view name) {
    if (any_found_in(ignored, name)) return;
    if (name.starts_with(mapped.added_prefix)) name.remove_prefix(mapped.added_prefix.size());
    plan.unexpected_keys.emplace_back(name);
  };
  for (const auto& [name, tensor] : mapped.sources) {
    if (!known.contains(name)) add(name);
  }
  for (const TensorInfo* tensor : mapped.left_out) add(tensor->name);
  std::ranges::sort(plan.unexpected_keys);
}

std::string lines(const std::vector<std::string>& keys, const std::string& what) {
  std::string text;
  for (const std::string& key : keys) text += "\n            " + what + " " + key;
  return text;
}

std::string mismatch_lines(const LoadPlan& plan, bool with_files) {
  std::string text;
  for (const MismatchedKey& m : plan.mismatched_keys) {
    text += "\n            " + m.key + ": checkpoint " + shape_text(m.checkpoint_shape) + ", model " +
            shape_text(m.model_shape);
    if (with_files && !m.file.empty()) text += " (in " + m.file + ")";
  }
  return text;
}

}  // namespace

LoadPlan make_load_plan(PreTrainedModel& model, const CheckpointReader& checkpoint,
                        const KeyMapping& key_mapping) {
  const std::vector<StateEntry> state = state_dict(model);
  LoadPlan plan;
  const MappedKeys mapped = KeyMapper(model, checkpoint, state, key_mapping).map(plan);
  std::unordered_set<TensorId> planned;
  for (const StateEntry& entry : state) {
    const auto it = mapped.sources.find(entry.name);
    if (it == mapped.sources.end()) continue;
    if (same_shape(entry, *it->second)) {
      if (planned.insert(id_of(entry)).second) plan.steps.push_back({entry, it->second});
    } else {
      plan.mismatched_keys.push_back({entry.name, it->second->shape, entry.tensor.sizes().vec(),
                                      checkpoint.file_of(*it->second).string()});
      plan.to_initialize.push_back(entry);
    }
  }
  // A tied tensor that fits under one of its names needs no new values; else it needs them once.
  std::erase_if(plan.to_initialize,
                [&](const StateEntry& entry) { return !planned.insert(id_of(entry)).second; });
  collect_missing(state, mapped, model.traits(), plan);
  collect_unexpected(model, state, mapped, plan);
  return plan;
}

Error mismatch_error(const LoadPlan& plan, const PreTrainedModel& model, const std::string& config_file) {
  const MismatchedKey& first = plan.mismatched_keys.front();
  const std::string config = config_file.empty() ? "the config" : config_file;
  Error error(codes::kLoadMismatch, "checkpoint and " + model.traits().architecture +
                                        " have different shapes:" + mismatch_lines(plan, true));
  if (!first.file.empty()) error.file(first.file);
  error.key(first.key)
      .expected(shape_text(first.model_shape) + ", from " + config)
      .got(shape_text(first.checkpoint_shape))
      .fix("correct " + config + ", or load with ignore_mismatched_sizes to initialise these tensors anew");
  const std::string values = values_behind(model.config(), plan.mismatched_keys);
  if (!values.empty()) error.note(config + " says " + values);
  return error;
}

Error incomplete_error(const LoadPlan& plan, const std::string& architecture) {
  return Error(codes::kLoadIncomplete,
               "checkpoint and " + architecture +
                   " do not have the same keys:" + lines(plan.missing_keys, "missing") +
                   lines(plan.unexpected_keys, "unexpected") + mismatch_lines(plan, false))
      .fix("load without strict, or choose the architecture that the checkpoint was saved from");
}

}  // namespace modelhost

#include "modelhost/load/load_plan.h"

#include <algorithm>
#include <regex>
#include <unordered_map>
#include <unordered_set>

#include "modelhost/base/error_codes.h"
#include "modelhost/load/key_mapping.h"

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
};

MappedKeys map_keys(PreTrainedModel& model, const CheckpointReader& checkpoint,
                    const std::vector<StateEntry>& state) {
  std::vector<std::string> keys, model_keys;
  for (const TensorInfo& tensor : checkpoint.tensors()) keys.push_back(without_legacy_names(tensor.name));
  for (const StateEntry& entry : state) model_keys.push_back(entry.name);
  const std::string& prefix = model.traits().base_model_prefix;
  const bool has_child = !prefix.empty() && model.named_children().contains(prefix);
  const PrefixRule rule = prefix_rule(keys, model_keys, prefix, has_child);
  MappedKeys mapped;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const TensorInfo& tensor = checkpoint.tensors()[i];
    const std::string name = map_key(keys[i], rule, prefix);
    if (name.empty()) {
      mapped.left_out.push_back(&tensor);
    } else if (!mapped.sources.emplace(name, &tensor).second && keys[i] == tensor.name) {
      mapped.sources[name] = &tensor;  // the modern name wins over a legacy one
    }
  }
  return mapped;
}

bool matches_any(const std::string& key, const std::vector<std::regex>& patterns) {
  return std::ranges::any_of(patterns,
                             [&](const std::regex& pattern) { return std::regex_search(key, pattern); });
}

std::vector<std::regex> compile(const std::vector<std::string>& patterns) {
  return {patterns.begin(), patterns.end()};
}

bool same_shape(const StateEntry& entry, const TensorInfo& source) {
  return entry.tensor.sizes() == at::IntArrayRef(source.shape);
}

void collect_missing(const std::vector<StateEntry>& state, const MappedKeys& mapped,
                     const ModelTraits& traits, LoadPlan& plan) {
  std::unordered_set<TensorId> present;
  for (const StateEntry& entry : state) {
    if (mapped.sources.contains(entry.name)) present.insert(id_of(entry));
  }
  const auto ignored = compile(traits.keys_to_ignore_on_load_missing);
  std::unordered_set<TensorId> seen;
  for (const StateEntry& entry : state) {
    if (present.contains(id_of(entry))) continue;  // itself, or another name of the same tied tensor
    if (seen.insert(id_of(entry)).second) plan.to_initialize.push_back(entry);
    if (!matches_any(entry.name, ignored)) plan.missing_keys.push_back(entry.name);
  }
  std::ranges::sort(plan.missing_keys);
}

void collect_unexpected(PreTrainedModel& model, const std::vector<StateEntry>& state,
                        const MappedKeys& mapped, LoadPlan& plan) {
  std::unordered_set<std::string> known;
  for (const StateEntry& entry : state) known.insert(entry.name);
  for (std::string& name : buffer_names(model)) known.insert(std::move(name));
  const auto ignored = compile(model.traits().keys_to_ignore_on_load_unexpected);
  auto add = [&](const TensorInfo& tensor) {
    if (!matches_any(tensor.name, ignored)) plan.unexpected_keys.push_back(tensor.name);
  };
  for (const auto& [name, tensor] : mapped.sources) {
    if (!known.contains(name)) add(*tensor);
  }
  for (const TensorInfo* tensor : mapped.left_out) add(*tensor);
  std::ranges::sort(plan.unexpected_keys);
}

std::string lines(const std::vector<std::string>& keys, const std::string& what) {
  std::string text;
  for (const std::string& key : keys) text += "\n            " + what + " " + key;
  return text;
}

std::string mismatch_lines(const LoadPlan& plan) {
  std::string text;
  for (const MismatchedKey& m : plan.mismatched_keys) {
    text += "\n            " + m.key + ": checkpoint " + shape_text(m.checkpoint_shape) + ", model " +
            shape_text(m.model_shape);
  }
  return text;
}

}  // namespace

LoadPlan make_load_plan(PreTrainedModel& model, const CheckpointReader& checkpoint) {
  const std::vector<StateEntry> state = state_dict(model);
  const MappedKeys mapped = map_keys(model, checkpoint, state);
  LoadPlan plan;
  std::unordered_set<TensorId> planned;
  for (const StateEntry& entry : state) {
    const auto it = mapped.sources.find(entry.name);
    if (it == mapped.sources.end()) continue;
    if (same_shape(entry, *it->second)) {
      if (planned.insert(id_of(entry)).second) plan.steps.push_back({entry, it->second});
    } else {
      plan.mismatched_keys.push_back({entry.name, it->second->shape, entry.tensor.sizes().vec()});
      plan.to_initialize.push_back(entry);
    }
  }
  collect_missing(state, mapped, model.traits(), plan);
  collect_unexpected(model, state, mapped, plan);
  return plan;
}

Error mismatch_error(const LoadPlan& plan, const std::string& architecture) {
  return Error(codes::kLoadMismatch,
               "checkpoint and " + architecture + " have different shapes:" + mismatch_lines(plan))
      .fix("correct config.json, or load with ignore_mismatched_sizes to initialise these tensors anew");
}

Error incomplete_error(const LoadPlan& plan, const std::string& architecture) {
  return Error(codes::kLoadIncomplete, "checkpoint and " + architecture + " do not have the same keys:" +
                                           lines(plan.missing_keys, "missing") +
                                           lines(plan.unexpected_keys, "unexpected") + mismatch_lines(plan))
      .fix("load without strict, or choose the architecture that the checkpoint was saved from");
}

}  // namespace modelhost

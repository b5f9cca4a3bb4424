// Loading from something else than a complete file of the class's own.
#include <ATen/TensorOperators.h>
#include <ATen/Utils.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "case_groups.h"
#include "modelhost/base/error.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/model/input_checks.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/save/save_pretrained.h"
#include "modelhost/testing/scratch_directory.h"

namespace modelhost::testing {
namespace {

using State = std::map<std::string, at::Tensor>;

State state_of(PreTrainedModel& model) {
  State state;
  for (const StateEntry& entry : state_dict(model)) state.emplace(entry.name, entry.tensor.detach());
  return state;
}

FromPretrainedOptions options_with(const PretrainedConfig& config) {
  FromPretrainedOptions options;
  options.config = config.to_dict();
  return options;
}

void from_state_dict(const ModelFixture& fixture) {
  const auto before = fixture.model();
  NamedTensors tensors;
  for (const auto& [name, tensor] : state_of(*before)) tensors.set(name, tensor);
  const LoadedModel loaded = from_pretrained(fixture.spec(), tensors, options_with(before->config()));
  require_complete(loaded.report);
  require_same_state(*before, *loaded.model, "the model of these tensors");
  require_same_results(*before, *loaded.model);
}

void ignored_on_save(const ModelFixture& fixture) {
  const auto& ignored = fixture.spec().traits.keys_to_ignore_on_save;
  if (ignored.empty()) skip_case("the class declares no keys_to_ignore_on_save");
  const ScratchDirectory dir;
  const auto before = fixture.model();
  save_pretrained(*before, dir / "model");
  const auto checkpoint = open_checkpoint(dir / "model");
  for (const TensorInfo& tensor : checkpoint->tensors()) {
    require(std::ranges::find(ignored, tensor.name) == ignored.end(),
            tensor.name + " is in the file, although it is in keys_to_ignore_on_save");
  }
  const LoadedModel loaded = from_pretrained(fixture.spec(), dir / "model");
  require_complete(loaded.report);
  require_same_results(*before, *loaded.model);
}

// What the class's own rule gives, seen in two new models: what both agree in follows no chance.
class FreshValues {
 public:
  FreshValues(const ModelFixture& fixture, std::shared_ptr<PretrainedConfig> config) {
    for (State* state : {&one_, &other_}) {
      const auto model = fixture.spec().make_model(config);
      model->init_weights();
      *state = state_of(*model);
    }
  }

  // Fails the case unless `tensor` could be a new one of that name.
  void require_new(const std::string& name, const at::Tensor& tensor) const {
    constexpr int64_t kEnough = 64;  // values: fewer may be spread twice as far by chance
    require(at::isfinite(tensor).all().item<bool>(), name + " is not finite when it is initialised anew");
    const at::Tensor &one = one_.at(name), &other = other_.at(name);
    if (at::equal(one, other)) {
      require_close(one, tensor, name + ", which is new, against that of a new model", 0);
    } else if (tensor.numel() >= kEnough) {
      const double ratio = (tensor.std() / one.std()).item<double>();
      require(ratio > 0.5 && ratio < 2,
              name + ", which is new, is spread otherwise than in a new model: by a factor of " +
                  std::to_string(ratio));
    }
  }

 private:
  State one_, other_;
};

// Tensors with an even or odd number; tied ones have one number.
NamedTensors every_second(PreTrainedModel& model, std::size_t parity) {
  std::map<const c10::TensorImpl*, std::size_t> numbers;
  NamedTensors tensors;
  for (const StateEntry& entry : state_dict(model)) {
    const auto number = numbers.emplace(entry.tensor.unsafeGetTensorImpl(), numbers.size()).first->second;
    if (number % 2 == parity) tensors.set(entry.name, entry.tensor.detach());
  }
  return tensors;
}

void require_rest_is_new(const ModelFixture& fixture, const FreshValues& fresh, const NamedTensors& given) {
  const auto config = fixture.config();
  const auto model = from_pretrained(fixture.spec(), given, options_with(*config)).model;
  for (const auto& [name, tensor] : state_of(*model)) {
    if (given.contains(name)) {
      require_close(given.at(name), tensor, name + ", which is in the checkpoint", 0);
    } else {
      fresh.require_new(name, tensor);
    }
  }
}

void missing_weights(const ModelFixture& fixture) {
  const FreshValues fresh(fixture, fixture.config());
  require_rest_is_new(fixture, fresh, {});
  const auto model = fixture.model();
  for (const std::size_t parity : {0, 1}) require_rest_is_new(fixture, fresh, every_second(*model, parity));
}

// Names of tensors that have another shape with the other config; none when the class refuses it.
std::set<std::string> names_resized(const ModelFixture& fixture, const PretrainedConfig& other) {
  std::set<std::string> names;
  try {
    const auto config = fixture.spec().config_from(other.to_dict(), "another config");
    const State one = state_of(*fixture.spec().make_model(fixture.config()));
    for (const auto& [name, tensor] : state_of(*fixture.spec().make_model(config))) {
      const auto own = one.find(name);
      if (own != one.end() && own->second.sizes() != tensor.sizes()) names.insert(name);
    }
  } catch (const Error&) {
    names.clear();  // e.g. a head with a number of labels of its own
  }
  return names;
}

// A config that makes some tensors larger: with more labels, or else with more tokens.
std::shared_ptr<PretrainedConfig> larger_config(const ModelFixture& fixture) {
  constexpr int64_t kMore = 3;
  auto labels = fixture.config();
  labels->set_num_labels(labels->num_labels() + kMore);
  if (!names_resized(fixture, *labels).empty()) return labels;
  auto tokens = fixture.config();
  const auto size = size_of(tokens->get_text_config(), "vocab_size");
  if (size) tokens->get_text_config().set("vocab_size", *size + kMore);
  if (names_resized(fixture, *tokens).empty()) skip_case("no tensor depends on num_labels or vocab_size");
  return tokens;
}

void require_mismatch_error(const ModelFixture& fixture, const std::filesystem::path& directory,
                            const FromPretrainedOptions& options, const LoadReport& report) {
  try {
    from_pretrained(fixture.spec(), directory, options);
  } catch (const Error& error) {
    require(error.code() == codes::kLoadMismatch.id, "another error: " + error.message());
    for (const MismatchedKey& one : report.mismatched_keys) {
      const auto is_named = [&](const std::string& part) {
        return error.message().find(part) != std::string::npos;
      };
      require(
          is_named(one.key) && is_named(shape_text_of(one.checkpoint_shape)) &&
              is_named(shape_text_of(one.model_shape)),
          "the error about shapes does not name " + one.key + " and both of its shapes: " + error.message());
    }
    return;
  }
  fail_case("tensors of another shape are taken without ignore_mismatched_sizes");
}

void mismatched_sizes(const ModelFixture& fixture) {
  const auto config = larger_config(fixture);
  const auto resized = names_resized(fixture, *config);
  const auto before = fixture.model();
  const ScratchDirectory dir;
  save_pretrained(*before, dir / "model");
  FromPretrainedOptions options = options_with(*config);
  options.ignore_mismatched_sizes = true;
  const LoadedModel loaded = from_pretrained(fixture.spec(), dir / "model", options);
  require(!loaded.report.mismatched_keys.empty(), "the report names no tensor of another shape");
  const State own = state_of(*before);
  const FreshValues fresh(fixture, config);
  for (const auto& [name, tensor] : state_of(*loaded.model)) {
    if (resized.contains(name)) {
      fresh.require_new(name, tensor);
    } else {
      require_close(own.at(name), tensor, name + ", whose shape agrees", 0);
    }
  }
  options.ignore_mismatched_sizes = false;
  require_mismatch_error(fixture, dir / "model", options, loaded.report);
}

}  // namespace

std::vector<ModelCheck> partial_load_checks() {
  return {
      {"from-state-dict", "tensors in memory give the model that they are of", from_state_dict},
      {"keys-ignored-on-save", "keys that are ignored on saving are in no file, and are not missed",
       ignored_on_save},
      {"missing-weights", "weights that a checkpoint lacks have the values of a new model", missing_weights},
      {"mismatched-sizes", "tensors of another shape are an error, or new while the others are loaded",
       mismatched_sizes},
  };
}

}  // namespace modelhost::testing

// Tied weights, and embeddings of another size.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn_like.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>

#include "case_groups.h"
#include "modelhost/base/text.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/model/surgery.h"
#include "modelhost/save/save_pretrained.h"
#include "modelhost/testing/scratch_directory.h"

namespace modelhost::testing {
namespace {

const Json kUntied = {{"tie_word_embeddings", false}};

// Whether any output is another. Both have the same names and shapes.
bool differ(const NamedTensors& one, const NamedTensors& other) {
  return std::ranges::any_of(
      one, [&](const auto& output) { return !at::equal(output.second, other.at(output.first)); });
}

// Names of one tensor, for each that has several.
std::vector<std::vector<std::string>> tied_groups(PreTrainedModel& model) {
  std::map<const c10::TensorImpl*, std::vector<std::string>> names;
  for (const StateEntry& entry : state_dict(model))
    names[entry.tensor.unsafeGetTensorImpl()].push_back(entry.name);
  std::vector<std::vector<std::string>> groups;
  for (auto& [tensor, group] : names) {
    if (group.size() > 1) groups.push_back(std::move(group));
  }
  std::ranges::sort(groups);
  return groups;
}

bool may_be_absent(const std::string& name, const ModelTraits& traits) {
  return std::ranges::any_of(traits.tied_weights_keys, [&](const std::string& pattern) {
    return std::regex_search(name, std::regex(pattern));
  });
}

void tied_weights(const ModelFixture& fixture) {
  const auto model = fixture.model();
  const auto groups = tied_groups(*model);
  if (groups.empty()) skip_case("the class ties no weights");
  for (const auto& group : groups) {
    const auto covered = std::ranges::count_if(
        group, [&](const auto& name) { return may_be_absent(name, fixture.spec().traits); });
    require(covered + 1 >= std::ranges::ssize(group),
            "of " + join(group, ", ") + ", which are one tensor, all but one must match tied_weights_keys");
  }
  const ScratchDirectory dir;
  save_pretrained(*model, dir / "model");
  const LoadedModel loaded = from_pretrained(fixture.spec(), dir / "model");
  require_complete(loaded.report);
  require(tied_groups(*loaded.model) == groups, "after loading, other weights are tied than before");
}

void untied_weights(const ModelFixture& fixture) {
  const auto model = fixture.model(kUntied);
  if (!model->get_output_embeddings()) skip_case("the class has no output projection");
  require(model->get_output_embeddings()->weight().unsafeGetTensorImpl() !=
              model->get_input_embeddings()->weight().unsafeGetTensorImpl(),
          "the output projection is tied although tie_word_embeddings is false");
  const ScratchDirectory dir;
  save_pretrained(*model, dir / "model");
  const LoadedModel loaded = from_pretrained(fixture.spec(), dir / "model");
  require_complete(loaded.report);
  require_same_state(*model, *loaded.model, "the loaded model");
}

// The model with `rows` token embeddings must be what it was as far as it goes, and run.
void resize(const ModelFixture& fixture, PreTrainedModel& model, int64_t rows) {
  const at::Tensor before = model.get_input_embeddings()->weight().detach().clone();
  const nn::EmbeddingImpl& embedding = resize_token_embeddings(model, rows);
  const int64_t kept = std::min(before.size(0), rows);
  require(embedding.num_embeddings() == rows, "the embedding has " +
                                                  std::to_string(embedding.num_embeddings()) +
                                                  " rows after a resize to " + std::to_string(rows));
  require_close(before.slice(0, 0, kept), embedding.weight().detach().slice(0, 0, kept), "rows that stay", 0);
  const Json config = model.config().get_text_config().to_dict();
  require(config.at("vocab_size") == rows, "vocab_size is not " + std::to_string(rows));
  const NamedTensors inputs = fixture.inputs(model);
  const NamedTensors outputs = run(model, inputs);
  const nn::LinearImpl* head = model.get_output_embeddings();
  if (!head) return;
  require(head->out_features() == rows, "the output projection did not follow the embedding");
  require(std::ranges::any_of(outputs, [&](const auto& output) { return output.second.size(-1) == rows; }),
          "no output has " + std::to_string(rows) + " scores");
}

void resize_embeddings(const ModelFixture& fixture, const Json& config) {
  const auto model = fixture.model(config);
  const nn::EmbeddingImpl* embedding = model->get_input_embeddings();
  if (!embedding) skip_case("the class has no get_input_embeddings()");
  const int64_t rows = embedding->num_embeddings();
  const auto tied = tied_groups(*model);
  resize(fixture, *model, rows + 10);
  resize(fixture, *model, rows - 5);
  require(tied_groups(*model) == tied, "after a resize other weights are tied than before");
  const ScratchDirectory dir;
  save_pretrained(*model, dir / "model");
  require_same_state(*model, *from_pretrained(fixture.spec(), dir / "model").model,
                     "the resized model, loaded");
}

void resize_tied(const ModelFixture& fixture) {
  resize_embeddings(fixture, Json::object());
}

void resize_untied(const ModelFixture& fixture) {
  if (!fixture.model()->get_output_embeddings()) skip_case("the class has no output projection");
  resize_embeddings(fixture, kUntied);
}

// A new module of the shape of `old`, with other values.
template <typename Module, typename... Sizes>
Module other_module(const at::Tensor& old, Sizes... sizes) {
  Module module(sizes...);
  for (auto& parameter : module->named_parameters()) nn::materialize(parameter.value());
  module->weight().data().copy_(at::randn_like(old));
  return module;
}

// Runs with other token vectors, and with the first ones again: both must show.
void set_input_embeddings(const ModelFixture& fixture) {
  const auto model = fixture.model();
  const nn::EmbeddingImpl* embedding = model->get_input_embeddings();
  if (!embedding) skip_case("the class has no get_input_embeddings()");
  const NamedTensors inputs = fixture.inputs(*model);
  const NamedTensors before = run(*model, inputs);
  const at::Tensor old = embedding->weight().detach().clone();
  const auto other = other_module<nn::Embedding>(old, old.size(0), old.size(1));
  set_input_embeddings(*model, other);
  model->tie_weights();
  require(
      model->get_input_embeddings()->weight().unsafeGetTensorImpl() == other->weight().unsafeGetTensorImpl(),
      "get_input_embeddings() does not give what set_input_embeddings() was given");
  require(differ(before, run(*model, inputs)), "other token vectors change no result");
  other->weight().data().copy_(old);
  require_close(before, run(*model, inputs), "outputs with the first token vectors again");
}

void set_output_embeddings(const ModelFixture& fixture) {
  const auto model = fixture.model(kUntied);
  const nn::LinearImpl* head = model->get_output_embeddings();
  if (!head) skip_case("the class has no output projection");
  const NamedTensors inputs = fixture.inputs(*model);
  const NamedTensors before = run(*model, inputs);
  const at::Tensor old = head->weight().detach();
  const auto other = other_module<nn::Linear>(old, old.size(1), old.size(0), head->bias().defined());
  set_output_embeddings(*model, other);
  model->tie_weights();
  require(
      model->get_output_embeddings()->weight().unsafeGetTensorImpl() == other->weight().unsafeGetTensorImpl(),
      "get_output_embeddings() does not give what set_output_embeddings() was given");
  require(differ(before, run(*model, inputs)), "another output projection changes no result");
}

void resize_positions(const ModelFixture& fixture) {
  const auto model = fixture.model();
  const nn::EmbeddingImpl* positions = model->get_position_embeddings();
  if (!positions) skip_case("the class has no get_position_embeddings()");
  const at::Tensor before = positions->weight().detach().clone();
  const int64_t rows = before.size(0) + 10;
  model->resize_position_embeddings(rows);
  require_close(before, positions->weight().detach().slice(0, 0, before.size(0)), "rows that stay", 0);
  run(*model, fixture.inputs(*model, kBatch, rows));  // the new ones are used
}

}  // namespace

std::vector<ModelCheck> surgery_checks() {
  return {
      {"tied-weights", "tied weights are declared, and are one tensor again after loading", tied_weights},
      {"untied-weights", "with tie_word_embeddings false they are two", untied_weights},
      {"resize-embeddings", "token embeddings grow and shrink, and the head with them", resize_tied},
      {"resize-untied-embeddings", "so they do when the head has a weight of its own", resize_untied},
      {"set-input-embeddings", "token vectors can be replaced, and results follow", set_input_embeddings},
      {"set-output-embeddings", "so can the output projection", set_output_embeddings},
      {"resize-positions", "position embeddings grow", resize_positions},
  };
}

}  // namespace modelhost::testing

#include "model_fixture.h"

#include <ATen/TensorOperators.h>
#include <ATen/Utils.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "modelhost/base/text.h"
#include "modelhost/model/input_checks.h"
#include "modelhost/model/state_dict.h"

namespace modelhost::testing {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

// Two infinities of one sign are equal; nothing is equal to NaN.
double largest_difference(const at::Tensor& wanted, const at::Tensor& got) {
  if (wanted.numel() == 0) return 0;
  const at::Tensor a = wanted.to(at::kDouble), b = got.to(at::kDouble);
  return (a - b).abs().masked_fill(a == b, 0).max().item<double>();
}

const ModelSpec* find_spec(const std::vector<ModelSpec>& specs, const std::string& architecture) {
  const auto found =
      std::ranges::find(specs, architecture, [](const ModelSpec& spec) { return spec.traits.architecture; });
  return found == specs.end() ? nullptr : &*found;
}

bool has_backbone_inside(const ModelSpec& spec, std::shared_ptr<PretrainedConfig> config) {
  const auto model = spec.make_model(std::move(config));
  return &model->base_model() != model.get();
}

}  // namespace

ModelFixture::ModelFixture(const ModelSubject& subject)
    : subject_(subject), specs_(subject.specs()), spec_(find_spec(specs_, subject.architecture)) {
  if (!spec_) fail_case("the plugin does not register " + subject.architecture);
}

const ModelSpec& ModelFixture::base_spec() const {
  for (const ModelSpec& other : specs_) {
    const bool same_family = other.traits.model_type == spec_->traits.model_type &&
                             other.traits.base_model_prefix == spec_->traits.base_model_prefix;
    if (same_family && !has_backbone_inside(other, small_config(other, subject_.config))) return other;
  }
  skip_case("the plugin has no class that is the backbone alone");
}

void ModelFixture::require_head() const {
  if (!has_backbone_inside(*spec_, config()))
    skip_case("the class has no module " + quote(spec_->traits.base_model_prefix) +
              ": it is a backbone itself");
}

std::shared_ptr<PretrainedConfig> ModelFixture::config(const Json& more) const {
  Json overrides = subject_.config;
  overrides.update(more);
  return small_config(*spec_, overrides);
}

std::shared_ptr<PreTrainedModel> ModelFixture::model(const Json& more) const {
  return random_model(*spec_, config(more));
}

std::shared_ptr<PreTrainedModel> ModelFixture::model_with_attention(const std::string& attention,
                                                                    const Json& more) const {
  auto own = config(more);
  own->attn_implementation = attention;
  return random_model(*spec_, std::move(own));
}

NamedTensors ModelFixture::inputs(PreTrainedModel& model, int64_t batch, int64_t length) const {
  NamedTensors inputs = sample_inputs(model, batch, length);
  if (inputs.empty()) {
    skip_case("the kit makes no inputs for " + quote(model.traits().main_input_name) +
              ", and dummy_inputs() of the class does not give it; golden checkpoints can bring their own");
  }
  return inputs;
}

std::optional<int64_t> size_of(const PretrainedConfig& config, const std::string& name) {
  const Json fields = config.to_dict();
  std::string field = name;
  for (const auto& [alias, own] : config.attribute_map()) {
    if (alias == name) field = own;
  }
  const auto value = fields.find(field);
  if (value == fields.end() || !value->is_number_integer()) return std::nullopt;
  return value->get<int64_t>();
}

NamedTensors run(PreTrainedModel& model, const NamedTensors& inputs, const ForwardOptions& options) {
  const at::NoGradGuard no_grad;
  return model(inputs, options);
}

bool takes_input(const PreTrainedModel& model, const std::string& name) {
  const auto names = model.input_names();
  return std::ranges::find(names, name) != names.end();
}

void require_input(const PreTrainedModel& model, const std::string& name) {
  if (!takes_input(model, name)) skip_case("the class takes no " + name);
}

std::vector<nn::AttentionHeads> require_heads(PreTrainedModel& model) {
  auto heads = model.attention_heads();
  if (heads.empty()) skip_case("the class has no attention_heads()");
  if (std::ranges::any_of(heads, [](const auto& layer) { return *layer.num_heads < 2; }))
    skip_case("the small model has a layer of one head");
  return heads;
}

void require(bool holds, const std::string& what) {
  if (!holds) fail_case(what);
}

void require_close(const at::Tensor& wanted, const at::Tensor& got, const std::string& what,
                   double tolerance) {
  require(wanted.sizes() == got.sizes(),
          what + ": expected shape " + shape_text_of(wanted.sizes()) + ", got " + shape_text_of(got.sizes()));
  require(wanted.scalar_type() == got.scalar_type(), what + ": expected " +
                                                         c10::toString(wanted.scalar_type()) + ", got " +
                                                         c10::toString(got.scalar_type()));
  const double difference = largest_difference(wanted, got);
  require(difference <= tolerance,
          what + ": the values differ by " + number(difference) + ", more than " + number(tolerance));
}

void require_close(const NamedTensors& wanted, const NamedTensors& got, const std::string& what,
                   double tolerance) {
  require(wanted.names() == got.names(),
          what + ": expected the outputs " + join(wanted.names(), ", ") + "; got " + join(got.names(), ", "));
  for (const auto& [name, tensor] : wanted)
    require_close(tensor, got.at(name), what + ": " + name, tolerance);
}

void require_same_state(PreTrainedModel& wanted, PreTrainedModel& got, const std::string& what) {
  std::map<std::string, at::Tensor> others;
  for (const StateEntry& entry : state_dict(got)) others.emplace(entry.name, entry.tensor);
  for (const StateEntry& entry : state_dict(wanted)) {
    const auto other = others.find(entry.name);
    require(other != others.end(), what + ": there is no tensor " + entry.name);
    require_close(entry.tensor.detach(), other->second.detach(), what + ": " + entry.name, 0);
    others.erase(other);
  }
  if (!others.empty()) fail_case(what + ": there is a tensor " + others.begin()->first + ", which is new");
}

void require_same_results(PreTrainedModel& before, PreTrainedModel& after) {
  const NamedTensors inputs = sample_inputs(before, kBatch, kLength);
  if (!inputs.empty()) require_close(run(before, inputs), run(after, inputs), "outputs after loading");
}

void require_complete(const LoadReport& report) {
  require(report.complete(), "loading is not complete: " + report.to_text());
}

}  // namespace modelhost::testing

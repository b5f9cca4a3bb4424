#include "modelhost/nn/gradient_checkpointing.h"

#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <map>
#include <mutex>
#include <utility>

namespace modelhost::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The random states that dropout draws from: of the CPU, and of the device that the tensors are on.
class RandomStates {
 public:
  void keep(c10::Device device) { states_[device] = state(device); }
  void restore() const {
    for (const auto& [device, kept] : states_) set_state(device, kept);
  }
  RandomStates now() const {
    RandomStates states;
    for (const auto& [device, kept] : states_) states.keep(device);
    return states;
  }

 private:
  struct Less {
    bool operator()(c10::Device a, c10::Device b) const {
      return std::pair(a.type(), a.index()) < std::pair(b.type(), b.index());
    }
  };
  static at::Generator generator(c10::Device device) { return at::globalContext().defaultGenerator(device); }
  static Tensor state(c10::Device device) {
    at::Generator source = generator(device);
    const std::lock_guard lock(source.mutex());
    return source.get_state();
  }
  static void set_state(c10::Device device, const Tensor& state) {
    at::Generator target = generator(device);
    const std::lock_guard lock(target.mutex());
    target.set_state(state);
  }

  std::map<c10::Device, Tensor, Less> states_;
};

// What the backward pass needs to compute once more. `inputs` and results are compared by position:
// LibTorch's graph only takes tensors that are defined.
struct Recomputation : torch::CustomClassHolder {
  std::shared_ptr<torch::nn::Module> owner;  // `compute` refers to it
  GradientCheckpointingLayer::Computation compute;
  std::vector<bool> input_defined, output_defined;
  variable_list parameters;
  RandomStates random;

  variable_list run(const variable_list& defined_inputs) {
    variable_list inputs;
    auto next = defined_inputs.begin();
    for (const bool defined : input_defined) inputs.push_back(defined ? *next++ : Tensor());
    variable_list results;
    output_defined.clear();
    for (Tensor& output : compute(inputs)) {
      output_defined.push_back(output.defined());
      if (output.defined()) results.push_back(std::move(output));
    }
    return results;
  }
};

class Checkpoint : public torch::autograd::Function<Checkpoint> {
 public:
  // `tensors`: the inputs that are defined, then the layer's parameters.
  static variable_list forward(AutogradContext* context, c10::intrusive_ptr<Recomputation> layer,
                               const at::TensorList tensors) {
    const auto inputs = tensors.slice(0, tensors.size() - layer->parameters.size()).vec();
    context->save_for_backward(inputs);
    context->saved_data["layer"] = c10::IValue::make_capsule(layer);
    return layer->run(inputs);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    auto layer = c10::static_intrusive_pointer_cast<Recomputation>(context->saved_data["layer"].toCapsule());
    variable_list inputs, wanted;
    for (const Tensor& saved : context->get_saved_variables()) {
      inputs.push_back(saved.detach().set_requires_grad(saved.requires_grad()));
      wanted.push_back(inputs.back());
    }
    wanted.insert(wanted.end(), layer->parameters.begin(), layer->parameters.end());

    variable_list result = {Tensor()};  // for the first argument of forward, which is no tensor
    for (Tensor& gradient : differentiate(recompute(*layer, inputs), gradients, wanted))
      result.push_back(std::move(gradient));
    return result;
  }

 private:
  static variable_list recompute(Recomputation& layer, const variable_list& inputs) {
    const at::AutoGradMode with_gradients(true);
    struct Restorer {
      RandomStates now;
      ~Restorer() { now.restore(); }
    };
    const Restorer restorer{layer.random.now()};  // also when the layer throws
    layer.random.restore();
    return layer.run(inputs);
  }

  // Gradients of `wanted`, undefined where there is none.
  static variable_list differentiate(const variable_list& outputs, const variable_list& gradients,
                                     const variable_list& wanted) {
    variable_list from, with, of;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!gradients[i].defined() || !outputs[i].requires_grad()) continue;
      from.push_back(outputs[i]);
      with.push_back(gradients[i]);
    }
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (!wanted[i].requires_grad()) continue;
      of.push_back(wanted[i]);
      places.push_back(i);
    }
    variable_list result(wanted.size());
    if (from.empty() || of.empty()) return result;
    variable_list found = torch::autograd::grad(from, of, with, /*retain_graph=*/std::nullopt,
                                                /*create_graph=*/false, /*allow_unused=*/true);
    for (std::size_t i = 0; i < places.size(); ++i) result[places[i]] = std::move(found[i]);
    return result;
  }
};

}  // namespace

bool GradientCheckpointingLayer::recomputes() const {
  return gradient_checkpointing_ && is_training() && at::GradMode::is_enabled();
}

GradientCheckpointingLayer::TensorList GradientCheckpointingLayer::checkpointed(const TensorList& inputs,
                                                                                Computation compute) {
  if (!recomputes()) return compute(inputs);
  auto layer = c10::make_intrusive<Recomputation>();
  layer->owner = weak_from_this().lock();
  layer->compute = std::move(compute);
  layer->random.keep(at::kCPU);
  variable_list tensors;
  for (const Tensor& input : inputs) {
    layer->input_defined.push_back(input.defined());
    if (!input.defined()) continue;
    tensors.push_back(input);
    layer->random.keep(input.device());
  }
  layer->parameters = parameters();
  tensors.insert(tensors.end(), layer->parameters.begin(), layer->parameters.end());

  const variable_list defined = Checkpoint::apply(layer, at::TensorList(tensors));
  TensorList outputs;
  auto next = defined.begin();
  for (const bool is_defined : layer->output_defined) outputs.push_back(is_defined ? *next++ : Tensor());
  return outputs;
}

}  // namespace modelhost::nn

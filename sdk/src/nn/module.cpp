#include "modelhost/nn/module.h"

#include <ATen/ops/empty_strided.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <cstddef>
#include <sstream>

#include "base/system_memory.h"

namespace modelhost::nn {
namespace {

thread_local c10::TensorOptions current_options = c10::TensorOptions().dtype(at::kFloat).device(at::kCPU);

// The memory of every placeholder on the CPU: its address is the mark. One element of the widest dtype.
alignas(16) std::byte placeholder_bytes[16] = {};

}  // namespace

ParameterOptions::ParameterOptions(c10::ScalarType dtype, c10::Device device) : previous_(current_options) {
  current_options = c10::TensorOptions().dtype(dtype).device(device);
}

ParameterOptions::~ParameterOptions() {
  current_options = previous_;
}

c10::TensorOptions ParameterOptions::current() {
  return current_options;
}

Tensor make_placeholder(at::IntArrayRef shape, c10::TensorOptions options) {
  const std::vector<int64_t> strides(shape.size(), 0);
  if (options.device().is_cpu()) return at::from_blob(placeholder_bytes, shape, strides, options);
  return at::empty_strided(shape, strides, options);
}

bool is_placeholder(const Tensor& tensor) {
  if (!tensor.has_storage()) return false;
  if (tensor.is_cpu()) return tensor.storage().data() == placeholder_bytes;
  // Elsewhere there is no address to compare with, and one element cannot be told from a value.
  return tensor.numel() > 1 &&
         std::ranges::all_of(tensor.strides(), [](int64_t stride) { return stride == 0; });
}

void replace_data(Tensor parameter, const Tensor& data) {
  parameter.set_data(data);
  parameter.mutable_grad().reset();
  // A graph that is still held remembers the old shape here.
  torch::autograd::impl::set_grad_accumulator(
      parameter, c10::weak_intrusive_ptr<torch::autograd::Node>(c10::intrusive_ptr<torch::autograd::Node>()));
}

void materialize(Tensor& parameter) {
  if (!is_placeholder(parameter)) return;
  parameter.set_data(at::zeros(parameter.sizes(), parameter.options().requires_grad(false)));
}

Tensor Module::declare_parameter(const std::string& name, at::IntArrayRef shape) {
  return register_parameter(name, make_placeholder(shape, ParameterOptions::current()));
}

Tensor Module::declare_parameter(const std::string& name, at::IntArrayRef shape, const Init& init) {
  set_init(name, init);
  return declare_parameter(name, shape);
}

Module& Module::group(const std::string& path) {
  Module* module = this;
  std::istringstream parts(path);
  for (std::string part; std::getline(parts, part, '.');) {
    const auto children = module->named_children();
    const std::shared_ptr<torch::nn::Module>* child = children.find(part);
    std::shared_ptr<Module> next = child ? std::dynamic_pointer_cast<Module>(*child) : nullptr;
    if (!next) next = module->register_module(part, std::make_shared<Module>());
    module = next.get();
  }
  return *module;
}

Tensor& Module::register_buffer(const std::string& name, Tensor tensor, bool persistent) {
  if (!persistent) non_persistent_.insert(name);
  return torch::nn::Module::register_buffer(name, std::move(tensor));
}

void MemoryHook::before_forward() {
  state_->rss_pre_forward = static_cast<int64_t>(resident_memory());
}

void MemoryHook::after_forward() {
  state_->rss_post_forward = static_cast<int64_t>(resident_memory());
  state_->rss_diff += state_->rss_post_forward - state_->rss_pre_forward;
}

void Module::replace_parameter(const std::string& name, const Tensor& parameter) {
  if (parameters_.contains(name)) {
    parameters_[name] = parameter;
  } else {
    parameters_.insert(name, parameter);
  }
}

}  // namespace modelhost::nn

// The base of all modules: LibTorch's, plus parameters that cost nothing until weights arrive.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace modelhost::nn {

using at::Tensor;

/// The dtype and device of parameters made on this thread, until the end of the scope. The loader sets it to
/// what the checkpoint holds, so that no parameter is made in one dtype and thrown away for another.
class ParameterOptions {
 public:
  ParameterOptions(c10::ScalarType dtype, c10::Device device);
  ParameterOptions(const ParameterOptions&) = delete;
  ParameterOptions& operator=(const ParameterOptions&) = delete;
  ~ParameterOptions();

  /// float32 on the CPU where no scope is open.
  static c10::TensorOptions current();

 private:
  c10::TensorOptions previous_;
};

/// torch::nn::Module with two additions: placeholder parameters and buffers that are not part of the state
/// dict.
class Module : public torch::nn::Module {
 public:
  using torch::nn::Module::Module;

  /// Names of own buffers that are left out of the state dict (`persistent=False` in PyTorch).
  const std::set<std::string>& non_persistent_buffers() const { return non_persistent_; }

 protected:
  /// Registers a parameter of the given shape as a placeholder: it has shape and dtype, but one element of
  /// memory (all strides 0). Loading points it at weights, `init_weights` gives it memory. Not to be read
  /// before that.
  Tensor declare_parameter(const std::string& name, at::IntArrayRef shape);

  /// `persistent = false`: the buffer moves with the module but is neither saved nor expected in a
  /// checkpoint.
  Tensor& register_buffer(const std::string& name, Tensor tensor, bool persistent = true);

  /// Makes the parameter `name` the very tensor `parameter` (weight tying). Registers it if it is new.
  void replace_parameter(const std::string& name, const Tensor& parameter);

 private:
  std::set<std::string> non_persistent_;
};

/// A placeholder tensor as declare_parameter makes them: all strides 0.
Tensor make_placeholder(at::IntArrayRef shape, c10::TensorOptions options);

/// Whether nothing was put in place of the placeholder yet. (A placeholder of one element cannot be told.)
bool is_placeholder(const Tensor& tensor);

/// Gives a placeholder its own zeroed memory; any other tensor is left alone.
void materialize(Tensor& parameter);

/// A list of equal modules, named "0", "1", … as PyTorch's ModuleList names them.
template <typename Impl>
class ModuleListImpl : public Module {
 public:
  void push_back(std::shared_ptr<Impl> module) {
    register_module(std::to_string(items_.size()), module);
    items_.push_back(std::move(module));
  }
  int64_t size() const { return static_cast<int64_t>(items_.size()); }
  Impl& operator[](int64_t index) { return *items_.at(static_cast<std::size_t>(index)); }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }

 private:
  std::vector<std::shared_ptr<Impl>> items_;
};

}  // namespace modelhost::nn

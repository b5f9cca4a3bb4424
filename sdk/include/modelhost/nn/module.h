// The base of all modules: LibTorch's, plus parameters that cost nothing until weights arrive.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "modelhost/nn/init.h"

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

/// Resident memory of the process around the forwards of one module, in bytes.
struct MemoryState {
  int64_t rss_pre_forward = 0;   ///< before the last forward
  int64_t rss_post_forward = 0;  ///< after it
  int64_t rss_diff = 0;          ///< sum of the differences over all forwards
};

/// torch::nn::Module with additions: placeholder parameters and their rules of initialisation, modules that
/// are registered at a path, buffers that are not part of the state dict, and memory hooks.
class Module : public torch::nn::Module {
 public:
  using torch::nn::Module::Module;

  /// Names of own buffers that are left out of the state dict (`persistent=False` in PyTorch).
  const std::set<std::string>& non_persistent_buffers() const { return non_persistent_; }

  /// Measures resident memory around every forward from now on, starting at 0 (transformers'
  /// `add_memory_hooks` for one module). Forwards that are called through a MODELHOST_MODULE or a
  /// ModuleList count.
  void measure_memory() { memory_state_.emplace(); }
  /// Unset while memory is not measured.
  std::optional<MemoryState>& memory_state() { return memory_state_; }

  /// The rule by which an own parameter starts; it goes before what the class of the module says.
  void set_init(const std::string& name, const Init& init) { inits_[name] = init; }
  const std::map<std::string, Init>& inits() const { return inits_; }

  /// Makes own weights that are tied to each other one tensor (transformers' `_tie_weights` of a module).
  /// Called by PreTrainedModel::tie_weights.
  virtual void tie_own_weights() {}

  /// Registers a module under a name with dots, `attention.output.dense`. The parts before the last dot
  /// become modules without parameters, where there are none of that name yet: names are what checkpoints
  /// consist of, and a class that exists for a name need not be written.
  template <typename Holder>
  Holder register_at(const std::string& path, Holder module) {
    const auto dot = path.rfind('.');
    if (dot == std::string::npos) return register_module(path, std::move(module));
    return group(path.substr(0, dot)).register_module(path.substr(dot + 1), std::move(module));
  }

 protected:
  /// Registers a parameter of the given shape as a placeholder: it has shape and dtype, but one element of
  /// memory (all strides 0). Loading points it at weights, `init_weights` gives it memory. Not to be read
  /// before that.
  Tensor declare_parameter(const std::string& name, at::IntArrayRef shape);
  /// With a rule of initialisation, for parameters that belong to none of the SDK's layers.
  Tensor declare_parameter(const std::string& name, at::IntArrayRef shape, const Init& init);

  /// `persistent = false`: the buffer moves with the module but is neither saved nor expected in a
  /// checkpoint.
  Tensor& register_buffer(const std::string& name, Tensor tensor, bool persistent = true);

  /// Makes the parameter `name` the very tensor `parameter` (weight tying). Registers it if it is new.
  void replace_parameter(const std::string& name, const Tensor& parameter);

 private:
  Module& group(const std::string& path);

  std::set<std::string> non_persistent_;
  std::map<std::string, Init> inits_;
  std::optional<MemoryState> memory_state_;
};

/// Notes memory at the beginning and the end of a forward, where the module measures it.
class MemoryHook {
 public:
  explicit MemoryHook(Module& module) : state_(module.memory_state() ? &*module.memory_state() : nullptr) {
    if (state_) before_forward();
  }
  MemoryHook(const MemoryHook&) = delete;
  MemoryHook& operator=(const MemoryHook&) = delete;
  ~MemoryHook() {
    if (state_) after_forward();
  }

 private:
  void before_forward();
  void after_forward();

  MemoryState* state_;
};

/// module.forward(arguments...) with the module's hooks: how modules are called.
template <typename Impl, typename... Arguments>
decltype(auto) call(Impl& module, Arguments&&... arguments) {
  const MemoryHook hook(module);
  return module.forward(std::forward<Arguments>(arguments)...);
}

/// torch::nn::ModuleHolder whose call operator runs the module's hooks.
template <typename Impl>
class ModuleHolder : public torch::nn::ModuleHolder<Impl> {
 public:
  using torch::nn::ModuleHolder<Impl>::ModuleHolder;

  template <typename... Arguments>
  decltype(auto) operator()(Arguments&&... arguments) {
    return call(**this, std::forward<Arguments>(arguments)...);
  }
};

/// TORCH_MODULE with hooks: declares `Name`, a shared handle on a `NameImpl`.
#define MODELHOST_MODULE(Name)                                     \
  class Name : public ::modelhost::nn::ModuleHolder<Name##Impl> {  \
   public:                                                         \
    using ::modelhost::nn::ModuleHolder<Name##Impl>::ModuleHolder; \
    using Impl [[maybe_unused]] = Name##Impl;                      \
  }

/// A placeholder tensor as declare_parameter makes them: all strides 0, and marked as one. On the CPU all of
/// them share a few bytes that nobody writes to.
Tensor make_placeholder(at::IntArrayRef shape, c10::TensorOptions options);

/// Whether nothing was put in place of the placeholder yet.
bool is_placeholder(const Tensor& tensor);

/// Makes `data` the values of a parameter whose shape changes. Whoever holds the parameter sees them: tied
/// names and optimizers. Its gradient goes, which had the old shape.
void replace_data(Tensor parameter, const Tensor& data);

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

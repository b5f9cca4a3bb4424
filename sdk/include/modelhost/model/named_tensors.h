// What goes into a model and what comes out: tensors with names, in order.
#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace modelhost {

/// An ordered map from names to tensors. Inputs carry the argument names of transformers' `forward`
/// ("input_ids", "attention_mask" …); outputs the field names of its `ModelOutput` ("logits" …). The members
/// of a tuple-valued field are named by position: "hidden_states.0", "hidden_states.1", …, "attentions.0", ….
class NamedTensors {
 public:
  using Entry = std::pair<std::string, at::Tensor>;

  NamedTensors() = default;
  NamedTensors(std::initializer_list<Entry> entries) : entries_(entries) {}

  /// Replaces the tensor of that name or appends it. An undefined tensor is ignored.
  void set(std::string_view name, at::Tensor tensor);

  /// The tensor of that name, undefined if there is none: `if (auto mask = inputs.get("attention_mask");
  /// mask.defined())`.
  at::Tensor get(std::string_view name) const;

  /// Errors: kModelInput that lists the names there are.
  const at::Tensor& at(std::string_view name) const;

  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// The tensors `name`.0, `name`.1, … as long as there are any.
  std::vector<at::Tensor> list(std::string_view name) const;
  std::vector<std::string> names() const;

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  const Entry* find(std::string_view name) const;

  std::vector<Entry> entries_;
};

}  // namespace modelhost

// What an architecture is, as far as anything outside its plugin knows.
#pragma once

#include <array>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "modelhost/model/model_traits.h"
#include "modelhost/model/pretrained_model.h"

namespace modelhost {

/// One model class: its traits and how to make its config and itself. A value; copying it is cheap enough.
struct ModelSpec {
  ModelTraits traits;
  std::function<std::shared_ptr<PretrainedConfig>()> make_config;
  std::function<std::shared_ptr<PreTrainedModel>(std::shared_ptr<PretrainedConfig>)> construct;
  std::string provider;  ///< plugin id, or "program" for classes that a program registered itself

  /// The class's config with every key of `object` (config.json's content) read into it.
  /// Errors: those of PretrainedConfig::read.
  std::shared_ptr<PretrainedConfig> config_from(const Json& object, const std::string& file) const;

  /// An uninitialised model (placeholders) with traits set and weights tied.
  /// Errors: Error of the constructor; any other exception becomes kModelBuild.
  std::shared_ptr<PreTrainedModel> make_model(std::shared_ptr<PretrainedConfig> config) const;
};

/// What a model class must declare (see PreTrainedModel). A missing member is named in the compiler's notes.
template <typename T>
concept PretrainedModelClass = std::derived_from<T, PreTrainedModel> && requires {
  typename T::config_class;
  requires std::derived_from<typename T::config_class, PretrainedConfig>;
  { T::config_class::model_type } -> std::convertible_to<std::string_view>;
  { T::base_model_prefix } -> std::convertible_to<std::string_view>;
  { T::main_input_name } -> std::convertible_to<std::string_view>;
  { T::supports_assign_param_buffer } -> std::convertible_to<bool>;
} && std::constructible_from<T, std::shared_ptr<typename T::config_class>>;

/// The unqualified name of a type, e.g. "BertConfig".
std::string class_name(const std::type_info& type);

namespace detail {

template <typename Names>
std::vector<std::string> strings(const Names& names) {
  return {std::begin(names), std::end(names)};
}

template <typename T>
ModelTraits traits_of(std::string architecture) {
  ModelTraits traits;
  traits.architecture = std::move(architecture);
  traits.model_type = T::config_class::model_type;
  traits.config_class = class_name(typeid(typename T::config_class));
  traits.base_model_prefix = T::base_model_prefix;
  traits.main_input_name = T::main_input_name;
  traits.supports_assign_param_buffer = T::supports_assign_param_buffer;
  if constexpr (requires { T::is_parallelizable; }) traits.is_parallelizable = T::is_parallelizable;
  if constexpr (requires { T::can_generate; }) traits.can_generate = T::can_generate;
  if constexpr (requires { T::tied_weights_keys; }) traits.tied_weights_keys = strings(T::tied_weights_keys);
  if constexpr (requires { T::keys_to_ignore_on_load_missing; })
    traits.keys_to_ignore_on_load_missing = strings(T::keys_to_ignore_on_load_missing);
  if constexpr (requires { T::keys_to_ignore_on_load_unexpected; })
    traits.keys_to_ignore_on_load_unexpected = strings(T::keys_to_ignore_on_load_unexpected);
  if constexpr (requires { T::keys_to_ignore_on_save; })
    traits.keys_to_ignore_on_save = strings(T::keys_to_ignore_on_save);
  if constexpr (requires { T::keep_in_fp32_modules; })
    traits.keep_in_fp32_modules = strings(T::keep_in_fp32_modules);
  if constexpr (requires { T::keep_in_fp32_modules_strict; })
    traits.keep_in_fp32_modules_strict = strings(T::keep_in_fp32_modules_strict);
  if constexpr (requires { typename T::capabilities; })
    traits.capabilities = T::capabilities::template of<T>();
  return traits;
}

}  // namespace detail

/// The spec of a model class under the name that checkpoints give it.
template <typename T>
ModelSpec model_spec(std::string architecture) {
  static_assert(PretrainedModelClass<T>,
                "a model class must declare config_class, base_model_prefix, main_input_name and "
                "supports_assign_param_buffer, and be constructible from std::shared_ptr<config_class>");
  using Config = typename T::config_class;
  ModelSpec spec;
  spec.traits = detail::traits_of<T>(std::move(architecture));
  spec.make_config = [] { return std::make_shared<Config>(); };
  spec.construct = [](std::shared_ptr<PretrainedConfig> config) -> std::shared_ptr<PreTrainedModel> {
    auto own = std::dynamic_pointer_cast<Config>(std::move(config));
    return own ? std::make_shared<T>(std::move(own)) : nullptr;
  };
  return spec;
}

}  // namespace modelhost

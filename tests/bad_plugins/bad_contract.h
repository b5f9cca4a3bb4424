// For libraries with a good stamp that are refused later: a descriptor written by hand, and specs that need
// no model.
#pragma once

#include "modelhost/plugin/plugin.h"

namespace {

/// A spec with traits only: these plugins are refused before anybody could build a model.
[[maybe_unused]] modelhost::ModelSpec bare_spec(std::string architecture, std::string model_type) {
  modelhost::ModelSpec spec;
  spec.traits.architecture = std::move(architecture);
  spec.traits.model_type = std::move(model_type);
  spec.traits.config_class = "BadConfig";
  spec.traits.base_model_prefix = "bad";
  spec.traits.supports_assign_param_buffer = true;
  return spec;
}

}  // namespace

#define GOOD_STAMP()                                                                                   \
  extern "C" {                                                                                         \
  extern __attribute__((visibility("default"))) const modelhost::AbiStamp modelhost_abi;               \
  __attribute__((section(".modelhost.abi"), used)) constinit const modelhost::AbiStamp modelhost_abi = \
      modelhost::make_abi_stamp();                                                                     \
  }                                                                                                    \
  static_assert(true)

/// The descriptor with these initialisers: size, id, version, register function.
#define DESCRIPTOR(...)                                                                                  \
  extern "C" {                                                                                           \
  extern __attribute__((visibility("default"))) const modelhost::PluginDescriptor modelhost_plugin_v1;   \
  __attribute__((used)) constinit const modelhost::PluginDescriptor modelhost_plugin_v1 = {__VA_ARGS__}; \
  }                                                                                                      \
  static_assert(true)

/// A plugin whose only fault is what `...` (statements on `registrar`) does when it registers.
#define REGISTERS(plugin_id, ...)                                     \
  GOOD_STAMP();                                                       \
  DESCRIPTOR(sizeof(modelhost::PluginDescriptor), plugin_id, "1.0.0", \
             [](modelhost::ModelRegistrar& registrar) {               \
               static_cast<void>(registrar);                          \
               __VA_ARGS__;                                           \
             })

// The plugin contract: what an author writes and what the host finds.
//
// A plugin exports exactly two C data symbols:
//   modelhost_abi        the ABI stamp (abi_stamp.h), read from the file before any code of the plugin runs;
//   modelhost_plugin_v1  a PluginDescriptor.
// Nothing registers itself: static constructors of a plugin must not touch the SDK.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelhost/base/text.h"
#include "modelhost/plugin/abi_stamp.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost {

/// Collects what a plugin offers. The host commits the collection as a whole, or drops it.
class ModelRegistrar {
 public:
  void add(ModelSpec spec) { specs_.push_back(std::move(spec)); }
  std::vector<ModelSpec> take() { return std::move(specs_); }

 private:
  std::vector<ModelSpec> specs_;
};

/// Later versions may append fields; `size` tells which there are.
struct PluginDescriptor {
  uint32_t size;
  const char* id;       ///< reverse DNS, equal to the manifest's plugin.id
  const char* version;  ///< semantic version, equal to the manifest's plugin.version
  /// Called once, on the thread that first needs the plugin, after the stamp was accepted. May throw: the
  /// plugin is then refused with that text. Must only call `registrar`.
  void (*register_models)(ModelRegistrar& registrar);
};

namespace detail {

/// `names` is the macro's argument list as text: "BertModel, ns::BertForMaskedLM".
template <typename... Models>
void register_models(ModelRegistrar& registrar, std::string_view names) {
  std::vector<std::string> parts = split_trimmed(names, ',');
  auto part = parts.begin();
  auto unqualified = [](std::string name) {
    const auto colon = name.rfind("::");
    return colon == std::string::npos ? name : name.substr(colon + 2);
  };
  (registrar.add(model_spec<Models>(unqualified(*part++))), ...);
}

}  // namespace detail
}  // namespace modelhost

/// The one line that makes a shared library a plugin, at global namespace scope:
///
///     MODELHOST_PLUGIN("org.example.bert", "1.0.0", bert::BertModel, bert::BertForMaskedLM)
///
/// Each class is registered under its own name, which must be the one in config.json's `architectures`. The
/// first is the base model.
#define MODELHOST_PLUGIN(plugin_id, plugin_version, ...)                                                 \
  extern "C" {                                                                                           \
  extern __attribute__((visibility("default"))) const ::modelhost::AbiStamp modelhost_abi;               \
  extern __attribute__((visibility("default"))) const ::modelhost::PluginDescriptor modelhost_plugin_v1; \
  __attribute__((section(".modelhost.abi"), used)) constinit const ::modelhost::AbiStamp modelhost_abi = \
      ::modelhost::make_abi_stamp();                                                                     \
  __attribute__((used)) constinit const ::modelhost::PluginDescriptor modelhost_plugin_v1 = {            \
      sizeof(::modelhost::PluginDescriptor), plugin_id, plugin_version,                                  \
      [](::modelhost::ModelRegistrar& registrar) {                                                       \
        ::modelhost::detail::register_models<__VA_ARGS__>(registrar, #__VA_ARGS__);                      \
      }};                                                                                                \
  }                                                                                                      \
  static_assert(true)

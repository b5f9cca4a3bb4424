// A plugin with one class of the test's choice, under the names that the build gives.
#pragma once

#include "modelhost/plugin/plugin.h"

namespace {

// Like MODELHOST_PLUGIN's, but of another patch level: what must be equal is equal.
consteval modelhost::AbiStamp patched_stamp() {
  modelhost::AbiStamp stamp = modelhost::make_abi_stamp();
  for (char& c : stamp.sdk_version) c = '\0';
  modelhost::detail::copy_text(stamp.sdk_version, "0.1.99");
  return stamp;
}

}  // namespace

#define COLLIDING_PLUGIN(stamp, ...)                                                                   \
  extern "C" {                                                                                         \
  extern __attribute__((visibility("default"))) const modelhost::AbiStamp modelhost_abi;               \
  extern __attribute__((visibility("default"))) const modelhost::PluginDescriptor modelhost_plugin_v1; \
  __attribute__((section(".modelhost.abi"), used)) constinit const modelhost::AbiStamp modelhost_abi = \
      stamp;                                                                                           \
  __attribute__((used)) constinit const modelhost::PluginDescriptor modelhost_plugin_v1 = {            \
      sizeof(modelhost::PluginDescriptor), PLUGIN_ID, "1.0.0",                                         \
      [](modelhost::ModelRegistrar& registrar) { __VA_ARGS__; }};                                      \
  }                                                                                                    \
  static_assert(true)

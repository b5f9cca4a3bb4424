// What `modelhost check-plugin` does once its arguments are known. It stands in a library of its own, which the program
// opens when the command is given: who runs models needs no conformance kit.
#pragma once

#include <string>

namespace modelhost::host {

struct CheckArguments {
  std::string manifest, cases, goldens;
  double time_limit = 45;
  bool list = false, only_failed = false, in_process = false, json = false;
};

/// In <folder of libmodelhost_host.so>/modelhost/.
inline constexpr const char* kCheckPluginLibrary = "libmodelhost_check_plugin.so";
inline constexpr const char* kCheckPluginFunction = "modelhost_check_plugin";

/// Runs the cases and prints what they say. Returns whether none failed. Errors: kUsage (no such case), those of
/// conformance.json.
using CheckPlugin = bool(const CheckArguments& arguments);
extern "C" CheckPlugin modelhost_check_plugin;

}  // namespace modelhost::host

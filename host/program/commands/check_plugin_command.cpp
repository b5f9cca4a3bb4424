// modelhost check-plugin MANIFEST: does a plugin do what every plugin must?
#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

#include "check_plugin/check_plugin.h"
#include "commands.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/host/loader/search_path.h"

namespace modelhost::host {
namespace {

// Beside the plugins that are installed with the program.
std::filesystem::path kit_library() {
  const SearchPath path = default_search_path();
  const auto installed = std::ranges::find(path, PluginOrigin::kInstalled, &SearchDirectory::origin);
  if (installed == path.end()) return kCheckPluginLibrary;
  return installed->path.parent_path() / kCheckPluginLibrary;
}

CheckPlugin* open_kit() {
  const std::filesystem::path file = kit_library();
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed: what it throws outlives it
  void* function = library ? ::dlsym(library, kCheckPluginFunction) : nullptr;
  if (function) return reinterpret_cast<CheckPlugin*>(function);
  std::error_code status;
  Error error(codes::kProgramPart, "the conformance kit, which check-plugin runs, cannot be opened");
  error.file(file.string());
  if (std::filesystem::exists(file, status)) error.got(::dlerror());
  throw error;
}

}  // namespace

void add_check_plugin_command(CLI::App& app) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command = app.add_subcommand(
      "check-plugin",
      "Check a plugin: its manifest, its library, and every model class on small random models\n"
      "Each case runs in a process of its own. Exit status 0: no case failed; 1: one did. A class that does\n"
      "not have a feature skips its cases, with the reason.");
  command->add_option("MANIFEST", arguments->manifest, "The plugin's manifest, beside its library")
      ->required();
  command->add_flag("--list", arguments->list, "Show the cases and what they check, and run none");
  command
      ->add_option("--case", arguments->cases, "Only cases whose name (id/class) this expression is found in")
      ->type_name("REGEX");
  command->add_flag("--only-failed", arguments->only_failed, "Show nothing of cases that did not fail");
  command->add_flag("--in-process", arguments->in_process, "Run the cases in this process, for a debugger");
  command->add_option("--time-limit", arguments->time_limit, "Seconds for each case")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--goldens", arguments->goldens, "Folder of golden checkpoints, instead of goldens/")
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "Examples:\n"
      "  modelhost check-plugin build/plugins/foo/foo.plugin.yaml\n"
      "  modelhost check-plugin foo.plugin.yaml --case ^prune --in-process");
  command->callback([arguments] {
    if (!open_kit()(*arguments)) throw NegativeAnswer();
  });
}

}  // namespace modelhost::host

// modelhost new-plugin: the project of a plugin that builds and passes as it is.
#include <cstdio>
#include <filesystem>
#include <memory>

#include "commands.h"
#include "modelhost/base/text.h"
#include "plugin_project.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

// Where this program is installed together with the SDK; empty for a program in its build folder.
fs::path installed_prefix() {
  std::error_code problem;
  const fs::path program = fs::read_symlink("/proc/self/exe", problem);
  const fs::path prefix = program.parent_path().parent_path();
  for (const char* folder : {"lib/cmake/modelhost", "lib64/cmake/modelhost"}) {
    if (!problem && fs::exists(prefix / folder / "modelhostConfig.cmake", problem)) return prefix;
  }
  return {};
}

void write_project(PluginProject project) {
  const fs::path prefix = installed_prefix();
  const auto files = write_plugin_project(project, prefix);
  const std::string directory = project.directory.string();
  std::printf("%s: %s\n", printable(directory).c_str(), join(files, ", ").c_str());
  if (prefix.empty()) std::printf("set MODELHOST_PREFIX to where modelhost is installed, and then\n");
  std::printf(
      "  cd %s\n  cmake --preset default && cmake --build --preset default && ctest --preset default\n",
      printable(directory).c_str());
}

}  // namespace

void add_new_plugin_command(CLI::App& app) {
  struct Arguments {
    PluginProject project;
    std::string kind = "encoder", directory;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "new-plugin",
      "Write the project of a new plugin: a small transformer that builds and passes check-plugin as it is");
  PluginProject& project = arguments->project;
  command->add_option("--id", project.id, "Reverse DNS name of the plugin, e.g. org.acme.foo")->required();
  command->add_option("--model-type", project.model_type, "model_type in config.json, e.g. foo")->required();
  command->add_option("--kind", arguments->kind, "encoder (masked language model) or decoder (causal one)")
      ->check(CLI::IsMember({"encoder", "decoder"}))
      ->capture_default_str();
  command->add_option("--directory", arguments->directory,
                      "Where to write it (default: <model type>-plugin)");
  command->add_option("--name", project.class_name, "Beginning of the class names (default: the model type)");
  command->footer("Example:\n  modelhost new-plugin --id org.acme.foo --model-type foo --kind decoder");
  command->callback([arguments] {
    arguments->project.is_decoder = arguments->kind == "decoder";
    arguments->project.directory = arguments->directory;
    write_project(arguments->project);
  });
}

}  // namespace modelhost::host

// The `modelhost` program: exit status 0, 1 (failed) or 2 (wrong usage); results on stdout, all else on
// stderr.
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>

#include "modelhost/base/error.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/version.h"
#include "program/commands/commands.h"
#include "program/terminal/logging.h"
#include "program/terminal/mapped_file_guard.h"

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

// `--output ""` is mostly a variable that was never set; taking it for "no --output" would hide that.
void refuse_empty_values(CLI::App& command) {
  const CLI::Validator not_empty(
      [](std::string& value) { return value.empty() ? std::string("its value is empty") : std::string(); },
      "");
  for (CLI::Option* option :
       command.get_options([](const CLI::Option* o) { return o->get_items_expected_max() > 0; }))
    option->check(not_empty);
}

void build_command_line(CLI::App& app, modelhost::host::GlobalOptions& globals) {
  using namespace modelhost::host;
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", std::string("modelhost ") + MODELHOST_VERSION);
  app.add_option("--plugin-dir", globals.plugin_dirs, "Search this directory for plugins first (repeatable)")
      ->allow_extra_args(false)
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  app.add_option("--settings", globals.settings,
                 "Host settings (YAML) instead of those of $MODELHOST_SETTINGS or of the user")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  app.add_option("--log-level", globals.log_level, "debug, info, warning or off")
      ->check(CLI::IsMember({"debug", "info", "warning", "off"}))
      ->capture_default_str();
  app.parse_complete_callback([&globals] { set_up_logging(globals.log_level); });
  add_run_command(app, globals);
  add_forward_command(app, globals);
  add_inspect_command(app, globals);
  add_plugins_command(app, globals);
  add_check_plugin_command(app);
  add_new_plugin_command(app);
  add_convert_command(app);
  add_prune_heads_command(app, globals);
  add_resize_embeddings_command(app, globals);
  add_verify_command(app);
  add_diff_command(app);
  add_tokenize_command(app);
  add_completion_command(app);
  for (CLI::App* command : app.get_subcommands({})) refuse_empty_values(*command);
}

void flush_results() {
  std::cout.flush();
  if (std::cout) return;
  throw modelhost::Error(modelhost::codes::kFileUnwritable, "the results could not be written to stdout");
}

// CLI11 only says that a command is required, whatever stands there instead.
void check_command(const CLI::App& app) {
  if (!app.get_subcommands().empty() || app.remaining().empty()) return;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  const std::string given = app.remaining().front();
  const std::string near = modelhost::nearest_name(given, names);
  modelhost::Error error(modelhost::codes::kUsage, "there is no such command or option");
  error.expected("one of " + modelhost::join(names, ", ")).got(modelhost::quote(given));
  if (!near.empty()) error.fix("did you mean " + near + "?");
  throw error;
}

modelhost::Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  check_command(app);
  std::string help = "modelhost";
  for (const CLI::App* command : app.get_subcommands()) help += " " + command->get_name();
  return modelhost::Error(modelhost::codes::kUsage, error.what()).fix("see " + help + " --help");
}

int run(int argc, char** argv) {
  CLI::App app("Runs, inspects and changes HuggingFace models; architectures are plugins.", "modelhost");
  modelhost::host::GlobalOptions globals;
  build_command_line(app, globals);
  try {
    app.parse(argc, argv);
    flush_results();
    return 0;
  } catch (const modelhost::host::NegativeAnswer&) {
    flush_results();
    return kFailed;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) throw usage_error(app, error);
    app.exit(error, std::cout, std::cerr);  // --help and --version
    flush_results();
    return 0;
  }
}

int status_of_run(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const modelhost::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.code() == modelhost::codes::kUsage.id ? kWrongUsage : kFailed;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
  } catch (...) {
    std::fprintf(stderr, "error: a plugin threw something that is no std::exception\n");
  }
  return kFailed;
}

// Ends the process without the destructors of statics: a thread that a plugin left running may use them, and
// what a plugin does at exit must not change the exit status.
[[noreturn]] void leave(int status) {
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(status);
}

}  // namespace

int main(int argc, char** argv) {
  modelhost::host::install_mapped_file_guard();
  leave(status_of_run(argc, argv));
}

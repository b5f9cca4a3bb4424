// The `modelhost` program: exit status 0, 1 (failed) or 2 (wrong usage); results on stdout, all else on
// stderr.
#include <cstdio>
#include <exception>
#include <iostream>

#include "commands/commands.h"
#include "commands/mapped_file_guard.h"
#include "modelhost/base/error.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/host/logging/logging.h"
#include "modelhost/version.h"

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

void build_command_line(CLI::App& app, modelhost::host::GlobalOptions& globals) {
  using namespace modelhost::host;
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", std::string("modelhost ") + MODELHOST_VERSION);
  app.add_option("--plugin-dir", globals.plugin_dirs, "Search this directory for plugins first (repeatable)")
      ->allow_extra_args(false)
      ->type_name("DIR");
  app.add_option("--log-level", globals.log_level, "debug, info, warning or off")
      ->check(CLI::IsMember({"debug", "info", "warning", "off"}))
      ->capture_default_str();
  app.parse_complete_callback([&globals] { set_up_logging(globals.log_level); });
  add_run_command(app, globals);
  add_forward_command(app, globals);
  add_inspect_command(app);
  add_plugins_command(app, globals);
  add_convert_command(app);
  add_verify_command(app);
  add_diff_command(app);
  add_tokenize_command(app);
  add_completion_command(app);
}

void flush_results() {
  std::cout.flush();
  if (std::cout) return;
  throw modelhost::Error(modelhost::codes::kFileUnwritable, "the results could not be written to stdout");
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
    return app.exit(error, std::cout, std::cerr) == 0 ? 0 : kWrongUsage;
  }
}

}  // namespace

int main(int argc, char** argv) {
  modelhost::host::install_mapped_file_guard();
  try {
    return run(argc, argv);
  } catch (const modelhost::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.code() == modelhost::codes::kUsage.id ? kWrongUsage : kFailed;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return kFailed;
  }
}

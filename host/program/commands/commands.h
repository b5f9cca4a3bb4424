// The commands of the program. Each adds itself to the command line; what it does runs after parsing.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace modelhost::host {

/// Options that stand before the command.
struct GlobalOptions {
  std::vector<std::string> plugin_dirs;
  std::string settings;
  std::string log_level = "info";
};

/// Thrown by a command that did its work and printed its answer, when the answer is no (findings,
/// differences): exit status 1, and nothing more is said.
struct NegativeAnswer {};

void add_run_command(CLI::App& app, const GlobalOptions& globals);
void add_plugins_command(CLI::App& app, const GlobalOptions& globals);
void add_check_plugin_command(CLI::App& app);
void add_new_plugin_command(CLI::App& app);
void add_forward_command(CLI::App& app, const GlobalOptions& globals);
void add_inspect_command(CLI::App& app, const GlobalOptions& globals);
void add_tokenize_command(CLI::App& app);
void add_convert_command(CLI::App& app);
void add_prune_heads_command(CLI::App& app, const GlobalOptions& globals);
void add_resize_embeddings_command(CLI::App& app, const GlobalOptions& globals);
void add_verify_command(CLI::App& app);
void add_diff_command(CLI::App& app);
void add_completion_command(CLI::App& app);

}  // namespace modelhost::host

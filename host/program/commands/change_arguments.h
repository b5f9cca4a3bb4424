// What the commands have in common that write a changed model: prune-heads, resize-embeddings.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "commands.h"
#include "modelhost/host/surgery/change_checkpoint.h"

namespace modelhost::host {

struct ChangeArguments {
  std::string in, out, architecture, to = "safetensors", max_shard_size = "5GB";
  bool drop_unexpected = false, dry_run = false, json = false;
};

/// IN, OUT and the options. `arguments` must live as long as the command.
void add_change_arguments(CLI::App& command, ChangeArguments& arguments);

/// change_checkpoint with progress on stderr.
ChangeReport run_change(const ChangeArguments& arguments, const GlobalOptions& globals,
                        const ModelChange& change);

/// The report on stdout as the arguments say. `details` is added to the JSON.
void print_change(const ChangeReport& report, const ChangeArguments& arguments,
                  const std::vector<std::string>& warnings, const Json& details);

}  // namespace modelhost::host

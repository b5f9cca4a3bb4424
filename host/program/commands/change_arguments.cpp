#include "change_arguments.h"

#include <cstdio>
#include <iostream>

#include "host_options.h"
#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/weights_format.h"
#include "print_list.h"
#include "program/terminal/progress.h"
#include "shard_size.h"

namespace modelhost::host {
namespace {

ChangeOptions change_options(const ChangeArguments& arguments) {
  ChangeOptions options;
  if (!arguments.architecture.empty()) options.architecture = arguments.architecture;
  options.to = format_named(arguments.to)->format;  // CLI11 lets no other name pass
  options.max_shard_size = shard_size(arguments.max_shard_size);
  options.drop_unexpected = arguments.drop_unexpected;
  options.dry_run = arguments.dry_run;
  return options;
}

// 22713216 -> "22,713,216"
std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

std::string bytes_text(int64_t bytes) {
  return human_bytes(static_cast<uint64_t>(bytes));
}

void print_row(const char* name, int64_t before, int64_t after, std::string (*text)(int64_t)) {
  if (before == 0 && after == 0) return;
  char line[128];
  std::snprintf(line, sizeof line, "  %-20s %16s %16s", name, text(before).c_str(), text(after).c_str());
  std::cout << line;
  if (before != after && before != 0) {
    const double change = static_cast<double>(after - before) / static_cast<double>(before) * 100;
    std::snprintf(line, sizeof line, " %+7.1f%%", change);
    std::cout << line;
  }
  std::cout << '\n';
}

void print_figures(const ModelFigures& before, const ModelFigures& after) {
  char line[128];
  std::snprintf(line, sizeof line, "  %-20s %16s %16s\n", "", "before", "after");
  std::cout << line;
  print_row("attention heads", before.heads, after.heads, grouped);
  print_row("vocabulary", before.vocabulary, after.vocabulary, grouped);
  print_row("parameters", before.parameters, after.parameters, grouped);
  print_row("bytes", before.bytes, after.bytes, bytes_text);
  print_row("operations per token", before.operations_per_token, after.operations_per_token, grouped);
  std::cout
      << "  (floating-point operations of a forward and a backward pass, as transformers counts them: 6\n"
         "  for each parameter that is not of an embedding; a forward pass alone is a third of it)\n";
}

void print_text(const ChangeReport& report, const ChangeArguments& arguments,
                const std::vector<std::string>& warnings) {
  std::cout << (arguments.dry_run ? "would write " : "wrote ") << report.architecture << " in "
            << report.dtype << " to " << printable(report.directory.string()) << '\n';
  print_figures(report.before, report.after);
  print_list("files", report.files);
  print_list("copied", report.copied);
  print_list("not copied", report.skipped);
  print_list("removed", report.removed);
  print_list("lost, because the class does not have them", report.dropped);
  print_list("warning: weights in other formats stay as they were", report.unchanged);
  for (const std::string& warning : warnings) std::cout << "  warning: " << warning << '\n';
}

}  // namespace

void add_change_arguments(CLI::App& command, ChangeArguments& arguments) {
  command.add_option("IN", arguments.in, "Model directory or weights file")->required();
  command.add_option("OUT", arguments.out, "Directory that is written to; may be IN")->required();
  command
      .add_option("--architecture", arguments.architecture, "Class name instead of the one in config.json")
      ->type_name("NAME");
  command.add_option("--to", arguments.to, "safetensors, or bin (pytorch_model.bin)")
      ->check(CLI::IsMember(writable_formats()))
      ->capture_default_str();
  command
      .add_option("--max-shard-size", arguments.max_shard_size,
                  "Largest file, e.g. 5GB, 200MB or a number of bytes")
      ->type_name("SIZE")
      ->capture_default_str();
  command.add_flag("--drop-unexpected", arguments.drop_unexpected,
                   "Tensors that the class does not have may be lost");
  command.add_flag("--dry-run", arguments.dry_run, "Only say what would change; reads no weights");
  command.add_flag("--json", arguments.json, "Print JSON");
}

ChangeReport run_change(const ChangeArguments& arguments, const GlobalOptions& globals,
                        const ModelChange& change) {
  ChangeOptions options = change_options(arguments);
  Host host(host_options(globals));
  ByteProgress loading("loading"), writing("writing");
  options.loading = [&loading](uint64_t done, uint64_t total) { loading.update(done, total); };
  options.writing = [&writing](uint64_t done, uint64_t total) { writing.update(done, total); };
  return change_checkpoint(host, arguments.in, arguments.out, change, options);
}

void print_change(const ChangeReport& report, const ChangeArguments& arguments,
                  const std::vector<std::string>& warnings, const Json& details) {
  if (!arguments.json) return print_text(report, arguments, warnings);
  Json out = report.to_json();
  out["dry_run"] = arguments.dry_run;
  out["warnings"] = warnings;
  out.update(details);
  std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace modelhost::host

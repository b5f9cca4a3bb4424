// modelhost run CONFIG
#include <ATen/Parallel.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include "commands.h"
#include "host_options.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/files/file_writer.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/host/host.h"
#include "output_place.h"
#include "program/run/input_texts.h"
#include "program/run/run_config.h"
#include "program/run/task.h"
#include "program/terminal/hangup.h"
#include "program/terminal/progress.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

struct RunArguments {
  std::string config, model, input, format, output, read_mode;
  std::vector<std::string> overrides;
};

// Options of the command line are assignments to the config, so that both are checked by one rule.
RunConfig load_config(const RunArguments& arguments) {
  std::vector<std::string> overrides = arguments.overrides;
  if (!arguments.format.empty()) overrides.push_back("output.format=" + arguments.format);
  if (!arguments.read_mode.empty()) overrides.push_back("options.read_mode=" + arguments.read_mode);
  std::optional<ModelSource> model;
  if (!arguments.model.empty()) model = ModelSource::in(fs::current_path(), arguments.model);
  RunConfig config = load_run_config(arguments.config, overrides, model);
  if (!arguments.input.empty()) {
    config.input.texts.clear();
    config.input.file = arguments.input == "-" ? fs::path("-") : fs::absolute(arguments.input);
  }
  if (!arguments.output.empty()) config.output.path = fs::absolute(arguments.output);
  return config;
}

void run_task(Host& host, const RunConfig& config, std::ostream& out) {
  TaskIo io{read_texts(config.input, config.file, std::cin), out, {}};
  rescan_if_asked(host);
  ByteProgress loading("loading");
  io.load_progress = [&loading](uint64_t done, uint64_t total) { loading.update(done, total); };
  Progress progress(config.task_name, static_cast<int64_t>(io.texts.size()));
  io.progress = [&progress, &host](int64_t done) {  // between batches
    progress.update(done);
    rescan_if_asked(host);
  };
  config.task->run(host, config, io);
}

void write_results(Host& host, const RunConfig& config, const fs::path& path) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (!out) throw unwritable(path, errno);
  run_task(host, config, out);
  out.close();
  if (!out) throw Error(codes::kFileUnwritable, "the output file cannot be written").file(path.string());
}

// The file appears when it is complete; devices and pipes are written as the results come.
void run_into_file(Host& host, const RunConfig& config, const fs::path& path) {
  const OutputPlace place = output_place(path);
  if (!place.replace) return write_results(host, config, place.path);
  const fs::path stage = make_stage_file(place.path);
  try {
    write_results(host, config, stage);
    if (::rename(stage.c_str(), place.path.c_str()) != 0) throw unwritable(place.path, errno);
  } catch (Error& error) {
    ::unlink(stage.c_str());
    if (error.file() == stage.string()) error.file(place.path.string());
    throw;
  } catch (...) {
    ::unlink(stage.c_str());
    throw;
  }
}

void run(const RunArguments& arguments, const GlobalOptions& globals) {
  const RunConfig config = load_config(arguments);
  if (!config.output.path && config.output.format == "npy" && ::isatty(STDOUT_FILENO) == 1) {
    throw Error(codes::kUsage, "npy is binary and stdout is a terminal")
        .fix("give --output FILE or redirect stdout");
  }
  if (config.threads > 0) at::set_num_threads(static_cast<int>(config.threads));
  // Texts may take their time to come; what is added meanwhile counts.
  if (config.input.file && *config.input.file == "-") note_hangups();
  HostOptions options = host_options(globals);
  options.settings_plugin_dirs = config.plugin_dirs;
  Host host(options);
  if (config.output.path) {
    run_into_file(host, config, *config.output.path);
  } else {
    run_task(host, config, std::cout);
  }
}

}  // namespace

void add_run_command(CLI::App& app, const GlobalOptions& globals) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Run a task that a run config describes");
  command->add_option("CONFIG", arguments->config, "Run config (YAML)")->required()->type_name("FILE");
  command->add_option("--model", arguments->model, "Use this model directory")->type_name("DIR");
  command
      ->add_option("--input", arguments->input,
                   "Texts, one a line; - for standard input (SIGHUP then rescans plugins)")
      ->type_name("FILE");
  command->add_option("--format", arguments->format, "table, jsonl or npy")
      ->check(CLI::IsMember(output_formats()));
  command
      ->add_option("--read-mode", arguments->read_mode,
                   "How weights are read: auto, map, parallel, sequential")
      ->check(CLI::IsMember({"auto", "map", "parallel", "sequential"}));
  command->add_option("--output", arguments->output, "Write results to this file")->type_name("FILE");
  command->add_option("--set", arguments->overrides, "Override a value of the config (repeatable)")
      ->allow_extra_args(false)
      ->type_name("KEY.PATH=VALUE");
  command->callback([arguments, &globals] { run(*arguments, globals); });
}

}  // namespace modelhost::host

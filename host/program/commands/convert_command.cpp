// modelhost convert IN OUT: weights in another format, dtype or division into files. Loads no plugin.
#include <cstdio>
#include <iostream>
#include <memory>

#include "commands.h"
#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/weights_format.h"
#include "modelhost/host/checkpoints/convert_checkpoint.h"
#include "modelhost/host/hub/model_source.h"
#include "modelhost/load/tensor_bytes.h"
#include "print_list.h"
#include "program/terminal/progress.h"
#include "shard_size.h"

namespace modelhost::host {
namespace {

struct ConvertArguments {
  std::string in, out, to = "safetensors", dtype, max_shard_size = "5GB", variant;
  bool dry_run = false, json = false;
};

ConvertOptions convert_options(const ConvertArguments& arguments) {
  ConvertOptions options;
  options.to = format_named(arguments.to)->format;  // CLI11 lets no other name pass
  if (!arguments.dtype.empty()) options.dtype = scalar_type_from_name(arguments.dtype);
  options.max_shard_size = shard_size(arguments.max_shard_size);
  options.variant = arguments.variant;
  options.dry_run = arguments.dry_run;
  return options;
}

void print_json(const ConvertReport& report, const ConvertArguments& arguments) {
  const Json out = {{"directory", report.directory.string()},
                    {"dry_run", arguments.dry_run},
                    {"files", report.files},
                    {"copied", report.copied},
                    {"skipped", report.skipped},
                    {"removed", report.removed},
                    {"cast", report.cast},
                    {"kept", report.kept},
                    {"overflowed", report.overflowed},
                    {"tensors", report.tensors},
                    {"shared", report.shared},
                    {"bytes", report.bytes},
                    {"seconds", report.seconds}};
  std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

std::string counts_text(const std::map<std::string, int64_t>& counts) {
  std::vector<std::string> parts;
  for (const auto& [dtype, count] : counts) parts.push_back(std::to_string(count) + " " + dtype);
  return join(parts, ", ");
}

void print_text(const ConvertReport& report, const ConvertArguments& arguments) {
  std::cout << (arguments.dry_run ? "would write " : "wrote ") << report.tensors << " tensors ("
            << human_bytes(report.bytes) << ") to " << report.directory.string() << '\n';
  print_list("weights", report.files);
  if (!arguments.dtype.empty()) {
    std::cout << "  " << arguments.dtype
              << " from: " << (report.cast.empty() ? "none" : counts_text(report.cast)) << '\n';
    if (!report.kept.empty()) std::cout << "  as they were: " << counts_text(report.kept) << '\n';
  }
  if (report.shared > 0) std::cout << "  names that share the data of another: " << report.shared << '\n';
  print_list("copied", report.copied);
  print_list("not copied", report.skipped);
  print_list("removed", report.removed);
  for (const auto& [name, count] : report.overflowed) {
    std::cout << "  warning: " << count << " values of " << quote(name) << " are too large for "
              << arguments.dtype << " and became infinite\n";
  }
}

void convert(const ConvertArguments& arguments) {
  ConvertOptions options = convert_options(arguments);
  std::unique_ptr<Progress> progress;
  options.progress = [&progress](uint64_t done, uint64_t total) {
    if (!progress) progress = std::make_unique<Progress>("converting, MB", megabytes(total));
    progress->update(megabytes(done));
  };
  const ConvertReport report = convert_checkpoint(ModelSource(arguments.in).local(), arguments.out, options);
  progress.reset();
  if (arguments.json) return print_json(report, arguments);
  print_text(report, arguments);
}

}  // namespace

void add_convert_command(CLI::App& app) {
  auto arguments = std::make_shared<ConvertArguments>();
  CLI::App* command = app.add_subcommand(
      "convert",
      "Write a checkpoint in another format, dtype or number of files\n"
      "One tensor at a time is in memory. OUT changes in one step and may be IN; other files of a model\n"
      "directory (config.json, tokenizer) come along. Only floating-point tensors get another dtype.");
  command->add_option("IN", arguments->in, "Model directory or weights file")->required();
  command->add_option("OUT", arguments->out, "Directory that is written to")->required();
  command->add_option("--to", arguments->to, "safetensors, or bin (pytorch_model.bin)")
      ->check(CLI::IsMember(writable_formats()))
      ->capture_default_str();
  command
      ->add_option("--dtype", arguments->dtype,
                   "float32, float16, bfloat16 or float64; without it as they are")
      ->check(CLI::IsMember({"float32", "float16", "bfloat16", "float64"}));
  command
      ->add_option("--max-shard-size", arguments->max_shard_size,
                   "Largest file, e.g. 5GB, 200MB or a number of bytes")
      ->type_name("SIZE")
      ->capture_default_str();
  command->add_option("--variant", arguments->variant, "Write files of this variant, e.g. fp16")
      ->type_name("NAME");
  command->add_flag("--dry-run", arguments->dry_run, "Only say what would be done");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "Examples:\n"
      "  modelhost convert old/pytorch_model.bin new              # to safetensors\n"
      "  modelhost convert model model --max-shard-size 2GB       # divide, or merge with a larger size\n"
      "  modelhost convert model model --dtype float16 --variant fp16");
  command->callback([arguments] { convert(*arguments); });
}

}  // namespace modelhost::host

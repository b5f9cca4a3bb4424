// modelhost inspect DIR: what a checkpoint holds. Loads no plugin and reads no weights, except for --heads.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>

#include "commands.h"
#include "inspect_heads.h"
#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/config/pretrained_config.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/host/hub/model_source.h"
#include "program/terminal/text_width.h"

namespace modelhost::host {
namespace {

constexpr std::size_t kLongestValue = 72;  // columns

struct DtypeTotal {
  int64_t tensors = 0, parameters = 0;
  uint64_t bytes = 0;
};

struct Totals {
  std::map<std::string, DtypeTotal> by_dtype;
  DtypeTotal all;
};

Totals totals_of(const CheckpointReader& checkpoint) {
  Totals totals;
  for (const TensorInfo& tensor : checkpoint.tensors()) {
    for (DtypeTotal* total : {&totals.all, &totals.by_dtype[std::string(dtype_name(tensor.dtype))]}) {
      total->tensors += 1;
      total->parameters += tensor.elements();
      total->bytes += tensor.bytes();
    }
  }
  return totals;
}

Json to_json(const Json& config, const CheckpointReader& checkpoint) {
  const Totals totals = totals_of(checkpoint);
  Json out = {
      {"config", config}, {"tensors", Json::array()}, {"files", Json::array()}, {"dtypes", Json::object()}};
  for (const auto& file : checkpoint.files()) out["files"].push_back(file.string());
  out["metadata"] = checkpoint.metadata();
  out["parameters"] = totals.all.parameters;
  out["bytes"] = totals.all.bytes;
  for (const auto& [name, total] : totals.by_dtype) {
    out["dtypes"][name] = {
        {"tensors", total.tensors}, {"parameters", total.parameters}, {"bytes", total.bytes}};
  }
  for (const TensorInfo& tensor : checkpoint.tensors()) {
    out["tensors"].push_back({{"name", tensor.name},
                              {"dtype", dtype_name(tensor.dtype)},
                              {"shape", tensor.shape},
                              {"bytes", tensor.bytes()}});
  }
  return out;
}

// A weights file may lie alone; what is in it can be shown all the same.
Json config_of(const std::filesystem::path& model) {
  std::error_code status;
  const auto directory = std::filesystem::is_directory(model, status) ? model : model.parent_path();
  return std::filesystem::exists(directory / "config.json", status) ? read_config_json(directory) : Json();
}

void print_config(const Json& config) {
  for (const auto& [key, value] : config.items()) {
    const std::string text = printable(value.dump());
    std::printf("  %-32s %s\n", printable(key).c_str(),
                text.size() > kLongestValue ? fit_columns(text, kLongestValue).c_str() : text.c_str());
  }
}

void print_text(const Json& config, const CheckpointReader& checkpoint, bool with_tensors) {
  std::printf(config.is_null() ? "config: no config.json\n" : "config\n");
  print_config(config);
  std::printf("files\n");
  for (const auto& file : checkpoint.files()) std::printf("  %s\n", printable(file.string()).c_str());
  if (with_tensors) {
    std::printf("tensors\n");
    for (const TensorInfo& tensor : checkpoint.tensors()) {
      std::printf("  %-64s %-7s %-18s %10s\n", printable(tensor.name).c_str(),
                  std::string(dtype_name(tensor.dtype)).c_str(), shape_text(tensor.shape).c_str(),
                  human_bytes(tensor.bytes()).c_str());
    }
  }
  const Totals totals = totals_of(checkpoint);
  std::printf("totals\n");
  for (const auto& [name, total] : totals.by_dtype) {
    std::printf("  %-8s %6lld tensors %16lld parameters %10s\n", name.c_str(),
                static_cast<long long>(total.tensors), static_cast<long long>(total.parameters),
                human_bytes(total.bytes).c_str());
  }
  std::printf("  %-8s %6lld tensors %16lld parameters %10s\n", "all",
              static_cast<long long>(totals.all.tensors), static_cast<long long>(totals.all.parameters),
              human_bytes(totals.all.bytes).c_str());
}

void inspect(const ModelSource& source, bool json, bool summary) {
  const std::filesystem::path model = source.local();
  const auto checkpoint = open_checkpoint(model);
  const Json config = config_of(model);
  if (!json) return print_text(config, *checkpoint, !summary);
  std::cout << to_json(config, *checkpoint).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace

void add_inspect_command(CLI::App& app, const GlobalOptions& globals) {
  struct Arguments : InspectHeadsArguments {
    bool summary = false, heads = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "inspect",
      "Show config, tensors, dtypes and sizes of a checkpoint, or which attention heads matter least\n"
      "--heads runs the model on text and shows how fast its loss changes with a factor on each head\n"
      "(Michel et al. 2019: the mean of |dL/dx|, divided by the norm of its layer). A class that gives no "
      "loss\n"
      "for text, such as a sentence embedder, is judged by its first output, averaged over the tokens: by "
      "how\n"
      "much that moves, measured along 8 random directions.");
  command->add_option("DIR", arguments->model, "Model directory or weights file")->required();
  command->add_flag("--json", arguments->json, "Print JSON");
  command->add_flag("--summary", arguments->summary, "Leave out the list of tensors");
  CLI::Option* heads =
      command->add_flag("--heads", arguments->heads, "Show the importance of attention heads instead");
  command->add_option("--text", arguments->texts, "A text to measure heads on (repeatable)")
      ->allow_extra_args(false)
      ->needs(heads);
  command
      ->add_option("--input", arguments->input,
                   "Texts, one a line; - for standard input; or X.safetensors: inputs as for forward, an "
                   "example a row")
      ->type_name("FILE")
      ->needs(heads);
  command
      ->add_option("--max-length", arguments->max_length,
                   "Cut texts to so many tokens, special ones included")
      ->needs(heads);
  command
      ->add_option("--fraction", arguments->fraction,
                   "How many of all heads are named at the end as the least important")
      ->check(CLI::Range(0.0, 1.0))
      ->check([](const std::string& text) {  // which no range excludes
        return std::isnan(std::strtod(text.c_str(), nullptr)) ? "not a number" : std::string();
      })
      ->capture_default_str()
      ->needs(heads);
  command
      ->add_option("--architecture", arguments->architecture, "Class name instead of the one in config.json")
      ->type_name("NAME")
      ->needs(heads);
  command->footer(
      "Examples:\n"
      "  modelhost inspect model --summary\n"
      "  modelhost inspect model --heads --input sentences.txt --fraction 0.25\n"
      "  modelhost inspect model --heads --input X.safetensors --json   # a model without a tokenizer");
  command->callback([arguments, &globals] {
    if (arguments->heads) return inspect_heads(*arguments, globals);
    inspect(arguments->model, arguments->json, arguments->summary);
  });
}

}  // namespace modelhost::host

// modelhost diff A B: what two checkpoints have in common and what not. Loads no plugin.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>

#include "commands.h"
#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/host/checkpoints/diff_checkpoints.h"
#include "modelhost/host/hub/model_source.h"
#include "program/terminal/progress.h"

namespace modelhost::host {
namespace {

struct DiffArguments {
  std::string a, b;
  int64_t top = 0;  // 0: all
  bool json = false;
};

// JSON has no infinity.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json("inf");
}

Json distance_json(const Distance& distance) {
  return {{"elements", distance.elements},
          {"different", distance.different},
          {"nonfinite", distance.nonfinite},
          {"max_abs", number(distance.max_abs)},
          {"mean_abs", number(distance.mean_abs())}};
}

Json tensor_json(const TensorDifference& tensor) {
  Json out = {{"name", tensor.a.name},
              {"shapes", {tensor.a.shape, tensor.b.shape}},
              {"dtypes", {dtype_name(tensor.a.dtype), dtype_name(tensor.b.dtype)}}};
  if (tensor.compared) out["distance"] = distance_json(tensor.distance);
  return out;
}

std::size_t shown(const CheckpointDifference& difference, int64_t top) {
  const std::size_t all = difference.tensors.size();
  return top == 0 ? all : std::min(static_cast<std::size_t>(top), all);
}

void print_json(const CheckpointDifference& difference, const DiffArguments& arguments) {
  Json out = {{"identical", difference.identical()},
              {"only_in_a", difference.only_in_a},
              {"only_in_b", difference.only_in_b},
              {"same_tensors", difference.same_tensors},
              {"different_tensors", difference.tensors.size()},
              {"distance", distance_json(difference.all)},
              {"tensors", Json::array()}};
  for (std::size_t i = 0; i < shown(difference, arguments.top); ++i) {
    out["tensors"].push_back(tensor_json(difference.tensors[i]));
  }
  std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

std::string distance_text(const Distance& distance) {
  char text[200];
  std::snprintf(text, sizeof text, "largest %.6g, mean %.6g, %lld of %lld elements differ", distance.max_abs,
                distance.mean_abs(), static_cast<long long>(distance.different),
                static_cast<long long>(distance.elements));
  std::string line = text;
  if (distance.nonfinite > 0)
    line += ", " + std::to_string(distance.nonfinite) + " of them NaN or infinite in one";
  return line;
}

// "F32 [2, 3]" or, where the two are not the same, "F32 [2, 3] -> F16 [2, 3]".
std::string type_text(const TensorDifference& tensor) {
  const auto one = [](const TensorInfo& info) {
    return std::string(dtype_name(info.dtype)) + " " + shape_text(info.shape);
  };
  const std::string a = one(tensor.a), b = one(tensor.b);
  return a == b ? a : a + " -> " + b;
}

void print_names(const char* title, const std::vector<std::string>& names) {
  for (const std::string& name : names) std::cout << title << quote(name, 200) << '\n';
}

void print_text(const CheckpointDifference& difference, const DiffArguments& arguments) {
  print_names("only in A  ", difference.only_in_a);
  print_names("only in B  ", difference.only_in_b);
  const std::size_t count = shown(difference, arguments.top);
  for (std::size_t i = 0; i < count; ++i) {
    const TensorDifference& tensor = difference.tensors[i];
    std::cout << "differs    " << quote(tensor.a.name, 200) << "  " << type_text(tensor);
    if (tensor.compared) std::cout << "  " << distance_text(tensor.distance);
    std::cout << '\n';
  }
  if (count < difference.tensors.size())
    std::cout << "           … and " << difference.tensors.size() - count << " more tensors\n";
  if (difference.identical()) {
    std::cout << "identical: " << difference.same_tensors << " tensors, bit for bit\n";
  } else {
    std::cout << "different: " << difference.same_tensors << " tensors are the same bit for bit, "
              << difference.tensors.size() << " differ, "
              << difference.only_in_a.size() + difference.only_in_b.size() << " are only in one\n"
              << "overall: " << distance_text(difference.all) << '\n';
  }
}

void diff(const DiffArguments& arguments) {
  const auto a = open_checkpoint(ModelSource(arguments.a).local());
  const auto b = open_checkpoint(ModelSource(arguments.b).local());
  CheckpointDifference difference;
  {
    Progress progress("comparing, MB", megabytes(a->total_bytes()));
    difference = diff_checkpoints(*a, *b, [&](uint64_t done, uint64_t) { progress.update(megabytes(done)); });
  }
  if (arguments.json) {
    print_json(difference, arguments);
  } else {
    print_text(difference, arguments);
  }
  if (!difference.identical()) throw NegativeAnswer();
}

}  // namespace

void add_diff_command(CLI::App& app) {
  auto arguments = std::make_shared<DiffArguments>();
  CLI::App* command = app.add_subcommand(
      "diff",
      "Compare the tensors of two checkpoints\n"
      "Says which are only in one, of other shape or dtype, or how far apart their numbers are, the largest\n"
      "difference first. Formats and files do not matter. Exit status 0: identical bit for bit; 1: "
      "different,\n"
      "or one cannot be read (then there is an error on stderr and nothing on stdout).");
  command->add_option("A", arguments->a, "Model directory or weights file")->required();
  command->add_option("B", arguments->b, "Model directory or weights file")->required();
  command->add_option("--top", arguments->top, "List only so many tensors that differ")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "Examples:\n"
      "  modelhost diff model converted\n"
      "  modelhost diff model/model.safetensors model/model.fp16.safetensors --top 10");
  command->callback([arguments] { diff(*arguments); });
}

}  // namespace modelhost::host

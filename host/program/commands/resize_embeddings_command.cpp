// modelhost resize-embeddings IN OUT --size N: a checkpoint with more or fewer token embeddings.
#include <ATen/Context.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "change_arguments.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/host/hub/model_source.h"
#include "modelhost/host/surgery/tokenizer_ids.h"
#include "modelhost/model/surgery.h"

namespace modelhost::host {
namespace {

struct ResizeArguments : ChangeArguments {
  std::optional<int64_t> size, pad_to_multiple_of;
  std::optional<uint64_t> seed;
  bool no_mean_resizing = false;
};

std::vector<std::string> warnings_for(const ResizeArguments& arguments, int64_t rows) {
  const auto ids = tokenizer_ids(ModelSource(arguments.in).directory());
  if (!ids || *ids <= rows) return {};
  return {"the tokenizer gives ids up to " + std::to_string(*ids - 1) + ", and the model has none from " +
          std::to_string(rows) + " on"};
}

void resize(const ResizeArguments& arguments, const GlobalOptions& globals) {
  if (!arguments.size && !arguments.pad_to_multiple_of) {
    throw Error(codes::kUsage, "there is no new size")
        .expected("--size N, --pad-to-multiple-of M, or both")
        .fix("see modelhost resize-embeddings --help");
  }
  const ChangeReport report = run_change(arguments, globals, [&arguments](PreTrainedModel& model) {
    if (arguments.seed) at::manual_seed(*arguments.seed);
    resize_token_embeddings(model, arguments.size, arguments.pad_to_multiple_of, !arguments.no_mean_resizing);
  });
  print_change(report, arguments, warnings_for(arguments, report.after.vocabulary), Json::object());
}

}  // namespace

void add_resize_embeddings_command(CLI::App& app, const GlobalOptions& globals) {
  auto arguments = std::make_shared<ResizeArguments>();
  CLI::App* command = app.add_subcommand(
      "resize-embeddings",
      "Write a model with more or fewer token embeddings\n"
      "The rows that stay are those with the smallest ids; an output projection follows, tied or not, with\n"
      "its bias. New rows are drawn around the mean of the old ones. OUT changes in one step and may be IN;\n"
      "other files of a model directory come along: the tokenizer stays as it is.");
  add_change_arguments(*command, *arguments);
  command->add_option("--size", arguments->size, "Rows of the token embedding from now on")->type_name("N");
  command
      ->add_option("--pad-to-multiple-of", arguments->pad_to_multiple_of,
                   "Round the number of rows up to one")
      ->type_name("M");
  command->add_flag("--no-mean-resizing", arguments->no_mean_resizing,
                    "Initialise new rows as the class does, not around the mean");
  command->add_option("--seed", arguments->seed, "For new rows; the same seed gives the same rows")
      ->check(CLI::NonNegativeNumber)
      ->type_name("S");
  command->footer(
      "Examples:\n"
      "  modelhost resize-embeddings model larger --size 30530 --pad-to-multiple-of 64\n"
      "  modelhost resize-embeddings model model --pad-to-multiple-of 128 --dry-run");
  command->callback([arguments, &globals] { resize(*arguments, globals); });
}

}  // namespace modelhost::host

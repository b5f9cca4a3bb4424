// modelhost prune-heads IN OUT --heads '{"0": [1, 2]}': a checkpoint without some of its attention heads.
#include <memory>
#include <string>

#include "change_arguments.h"
#include "modelhost/base/json.h"
#include "modelhost/host/surgery/heads_text.h"
#include "modelhost/model/surgery.h"

namespace modelhost::host {
namespace {

struct PruneHeadsArguments : ChangeArguments {
  std::string heads;
};

void prune(const PruneHeadsArguments& arguments, const GlobalOptions& globals) {
  const HeadsToPrune heads = parse_heads(arguments.heads);
  HeadsToPrune pruned;
  const ChangeReport report = run_change(arguments, globals, [&](PreTrainedModel& model) {
    prune_heads(model, heads);
    pruned = model.config().pruned_heads;
  });
  print_change(report, arguments, {}, {{"pruned_heads", parse_json(heads_text(pruned), "pruned_heads")}});
}

}  // namespace

void add_prune_heads_command(CLI::App& app, const GlobalOptions& globals) {
  auto arguments = std::make_shared<PruneHeadsArguments>();
  CLI::App* command = app.add_subcommand(
      "prune-heads",
      "Write a model without some of its attention heads\n"
      "Layers and heads are counted from 0 in the model that nothing was pruned from, whatever was pruned\n"
      "before; -1 is the last layer. OUT changes in one step and may be IN; other files of a model "
      "directory\n"
      "(tokenizer, README) come along, other formats of its weights do not. `inspect --heads` tells which\n"
      "heads matter least. The result loads in transformers, which reads the same pruned_heads.");
  add_change_arguments(*command, *arguments);
  command
      ->add_option("--heads", arguments->heads,
                   R"(Layers with the heads that go, as JSON: {"0": [1, 2], "3": [0]}; or @FILE)")
      ->required()
      ->type_name("JSON");
  command->footer(
      "Examples:\n"
      "  modelhost prune-heads model small --heads '{\"0\": [1, 2], \"3\": [0]}' --dry-run\n"
      "  modelhost prune-heads model small --heads @heads.json\n"
      "  modelhost prune-heads model model --heads '{\"-1\": [0]}'    # in place");
  command->callback([arguments, &globals] { prune(*arguments, globals); });
}

}  // namespace modelhost::host

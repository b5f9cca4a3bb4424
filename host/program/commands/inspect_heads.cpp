#include "inspect_heads.h"

#include <ATen/core/grad_mode.h>

#include <iostream>

#include "head_table.h"
#include "host_options.h"
#include "modelhost/base/json.h"
#include "modelhost/base/log.h"
#include "modelhost/base/text.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/host/host.h"
#include "modelhost/host/surgery/example_inputs.h"
#include "modelhost/host/surgery/head_importance.h"
#include "modelhost/host/surgery/heads_text.h"
#include "modelhost/host/tasks/new_weights.h"
#include "program/run/input_texts.h"
#include "program/terminal/progress.h"

namespace modelhost::host {
namespace {

// In float32, whatever the file holds: derivatives of half precision are coarse, and slow on a CPU.
LoadedModel load(Host& host, const InspectHeadsArguments& arguments) {
  ModelOptions options;
  if (!arguments.architecture.empty()) options.architecture = arguments.architecture;
  options.load.dtype = at::kFloat;
  ByteProgress loading("loading");
  options.load.progress = [&loading](uint64_t done, uint64_t total) { loading.update(done, total); };
  LoadedModel loaded = host.load_model(arguments.model, options);
  log(loaded.report.complete() ? LogLevel::kInfo : LogLevel::kWarning, loaded.report.to_text());
  return loaded;
}

std::vector<NamedTensors> examples_for(const PreTrainedModel& model, const InspectHeadsArguments& arguments) {
  if (arguments.input.ends_with(".safetensors")) return examples_from_tensors(model, arguments.input);
  RunInput input{.texts = arguments.texts};
  if (!arguments.input.empty()) input.file = arguments.input;
  return examples_from_texts(model, ModelSource(arguments.model).directory(), read_texts(input, {}, std::cin),
                             arguments.max_length);
}

// What rests on weights that the checkpoint lacks says nothing about it.
void check_weights(const LoadedModel& loaded, const NamedTensors& example) {
  if (loaded.report.newly_initialized.empty()) return;
  const at::AutoGradMode gradients(true);
  const NamedTensors inputs = with_labels(*loaded.model, example);
  const at::Tensor value = HeadObjective()(inputs, (*loaded.model)(inputs));
  const std::vector<std::string> behind =
      parameters_behind(value, *loaded.model, loaded.report.newly_initialized);
  if (behind.empty()) return;
  throw Error(codes::kTaskModel, "the checkpoint lacks weights that the importance of heads depends on")
      .key("architecture")
      .expected("a checkpoint with " + join(behind, ", "))
      .got(loaded.model->traits().architecture)
      .fix("name the class that the checkpoint was saved from with --architecture");
}

int64_t heads_in(const HeadsToPrune& heads) {
  int64_t count = 0;
  for (const auto& [layer, list] : heads) count += static_cast<int64_t>(list.size());
  return count;
}

Json layers_json(const std::vector<LayerImportance>& layers) {
  Json out = Json::array();
  for (const LayerImportance& layer : layers) {
    Json heads = Json::array();
    const std::vector<double> normalized = layer.normalized();
    for (std::size_t i = 0; i < normalized.size(); ++i) {
      heads.push_back(
          {{"head", layer.heads[i]}, {"importance", layer.importance[i]}, {"normalized", normalized[i]}});
    }
    out.push_back({{"layer", out.size()}, {"heads", heads}});
  }
  return out;
}

void print_json(const HeadMeter& meter, const std::vector<LayerImportance>& layers, const HeadsToPrune& least,
                const InspectHeadsArguments& arguments, const std::string& architecture) {
  const Json out = {{"architecture", architecture},
                    {"examples", meter.examples()},
                    {"objective", meter.objective()},
                    {"layers", layers_json(layers)},
                    {"fraction", arguments.fraction},
                    {"least_important", parse_json(heads_text(least), "least_important")}};
  std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void print_text(const HeadMeter& meter, const std::vector<LayerImportance>& layers, const HeadsToPrune& least,
                const std::string& architecture) {
  std::size_t heads = 0;
  for (const LayerImportance& layer : layers) heads += layer.heads.size();
  std::cout << "importance of the " << heads << " attention heads of " << architecture << ", from "
            << meter.examples() << (meter.examples() == 1 ? " example" : " examples") << '\n'
            << "(mean derivative of " << meter.objective() << "; each layer has norm 1)\n";
  print_head_table(std::cout, layers, head_table_style());
  std::cout << "the " << heads_in(least) << " least important, for modelhost prune-heads:\n--heads '"
            << heads_text(least) << "'\n";
}

}  // namespace

void inspect_heads(const InspectHeadsArguments& arguments, const GlobalOptions& globals) {
  if (arguments.texts.empty() == arguments.input.empty()) {
    throw Error(codes::kUsage, "the importance of heads is measured on text")
        .expected("--text or --input")
        .got(arguments.texts.empty() ? "neither" : "both")
        .fix("see modelhost inspect --help");
  }
  Host host(host_options(globals));
  const LoadedModel loaded = load(host, arguments);
  const std::vector<NamedTensors> examples = examples_for(*loaded.model, arguments);
  check_weights(loaded, examples.front());
  HeadMeter meter(*loaded.model);
  {
    Progress progress("measuring heads", static_cast<int64_t>(examples.size()));
    for (const NamedTensors& example : examples) {
      meter.add(example);
      progress.update(meter.examples());
    }
  }
  const std::vector<LayerImportance> layers = meter.result();
  const HeadsToPrune least = least_important(layers, arguments.fraction);
  const std::string& architecture = loaded.model->traits().architecture;
  if (arguments.json) return print_json(meter, layers, least, arguments, architecture);
  print_text(meter, layers, least, architecture);
}

}  // namespace modelhost::host

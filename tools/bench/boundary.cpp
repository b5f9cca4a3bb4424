// What the plugin boundary costs a forward: the same small BERT from its plugin and linked into this program,
// on the same checkpoint, turn by turn. A second model that is linked in shows what chance does.
//
//     bench_boundary [--plugin-dir build/release/plugins] [rounds] -> JSON on stdout
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randint.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <iostream>
#include <vector>

#include "bert_model.h"
#include "measure.h"
#include "modelhost/base/json.h"
#include "modelhost/host/host.h"
#include "modelhost/save/save_pretrained.h"

namespace {

namespace fs = std::filesystem;
using namespace modelhost;
using plugins::bert::BertConfig;
using plugins::bert::BertModel;
using Models = std::array<std::shared_ptr<PreTrainedModel>, 3>;  // plugin, linked in, linked in again

struct Size {
  int64_t layers, width, tokens;
};

std::shared_ptr<BertConfig> config_of(const Size& size) {
  auto config = std::make_shared<BertConfig>();
  config->vocab_size = 100;
  config->num_hidden_layers = size.layers;
  config->hidden_size = size.width;
  config->num_attention_heads = 2;
  config->intermediate_size = 2 * size.width;
  return config;
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + values.size() / 2);
  return values[values.size() / 2];
}

// Nanoseconds of one forward.
double time_forward(PreTrainedModel& model, const NamedTensors& inputs, int repeats) {
  const auto start = Clock::now();
  for (int i = 0; i < repeats; ++i) model(inputs);
  return seconds_since(start) * 1e9 / repeats;
}

Models load_models(host::Host& host, const fs::path& folder) {
  const ModelSpec linked = model_spec<BertModel>("BertModel");
  return {host.load_model(folder).model, from_pretrained(linked, folder).model,
          from_pretrained(linked, folder).model};
}

// Ratios of neighbours in time, so that a machine whose speed drifts does not decide.
Json measure(const Models& models, const NamedTensors& inputs, int rounds) {
  constexpr int kRepeats = 20;
  std::array<std::vector<double>, 3> times;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t turn = 0; turn < models.size(); ++turn) {
      const std::size_t i = (turn + static_cast<std::size_t>(round)) % models.size();
      times[i].push_back(time_forward(*models[i], inputs, kRepeats));
    }
  }
  const auto ratio = [&](std::size_t a, std::size_t b) {
    std::vector<double> ratios;
    for (int round = 0; round < rounds; ++round) ratios.push_back(times[a][round] / times[b][round]);
    return median(ratios);
  };
  return {{"plugin_ns", median(times[0])},
          {"linked_in_ns", median(times[1])},
          {"plugin_to_linked_in", ratio(0, 1)},
          {"linked_in_to_itself", ratio(2, 1)}};
}

}  // namespace

int main(int argc, char** argv) {
  at::set_num_threads(1);
  const at::NoGradGuard no_grad;
  host::HostOptions options;
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() >= 2 && arguments[0] == "--plugin-dir") {
    options.plugin_dirs.push_back(arguments[1]);
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  const int rounds = arguments.empty() ? 2000 : std::stoi(arguments[0]);
  host::Host host(options);
  const fs::path folder = fs::temp_directory_path() / ("bench-boundary-" + std::to_string(::getpid()));
  Json report = Json::array();
  for (const Size& size : {Size{1, 4, 1}, Size{2, 32, 8}, Size{2, 128, 32}}) {
    const auto model = model_spec<BertModel>("BertModel").make_model(config_of(size));
    model->init_weights();
    save_pretrained(*model, folder);
    const NamedTensors inputs = {{"input_ids", at::randint(100, {1, size.tokens}, at::kLong)}};
    Json row = measure(load_models(host, folder), inputs, rounds);
    row["model"] = std::to_string(size.layers) + " layers of width " + std::to_string(size.width) + ", " +
                   std::to_string(size.tokens) + " tokens";
    report.push_back(std::move(row));
    fs::remove_all(folder);
  }
  std::cout << report.dump(2) << "\n";
}

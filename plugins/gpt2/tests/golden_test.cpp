// Every checkpoint in goldens/ gives what transformers computed from it (make_goldens.py says how they are
// made).
#include <catch2/generators/catch_generators.hpp>
#include <map>

#include "golden_support.h"
#include "modelhost/base/json.h"

namespace modelhost::plugins::gpt2 {
namespace {

constexpr double kTolerance = 1e-5;

void check_close(const NamedTensors& wanted, const NamedTensors& got, double& worst) {
  for (const auto& [name, tensor] : wanted) {
    INFO(name);
    const at::Tensor& other = got.at(name);
    REQUIRE(other.sizes() == tensor.sizes());
    REQUIRE(other.scalar_type() == tensor.scalar_type());
    const double difference = (other - tensor).abs().max().item<double>();
    CHECK(difference <= kTolerance);
    worst = std::max(worst, difference);
  }
}

// What fused attention is to give: the tensors that differ are replaced. Attentions, which transformers does
// not return there, are compared where the two implementations agree.
NamedTensors fused_outputs(const NamedTensors& eager, const NamedTensors& differing) {
  NamedTensors wanted;
  for (const auto& [name, tensor] : eager) {
    const bool is_attention = name.find("attentions.") != std::string::npos;
    if (!is_attention || differing.empty())
      wanted.set(name, differing.contains(name) ? differing.at(name) : tensor);
  }
  return wanted;
}

// The steps of surgery.json, if a folder has one.
void operate(PreTrainedModel& model, const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "surgery.json")) return;
  const Json steps = read_json_file(folder / "surgery.json");
  for (const Json& step : steps) {
    HeadsToPrune heads;
    const Json prune = step.value("prune", Json::object());
    for (const auto& [layer, list] : prune.items())
      heads[std::stoll(layer)] = list.get<std::vector<int64_t>>();
    if (!heads.empty()) model.prune_heads(heads);
    if (!step.contains("resize")) continue;
    const int64_t multiple = step.value("pad_to_multiple_of", 1);
    model.resize_token_embeddings(step["resize"].get<int64_t>(), multiple);
  }
}

// Loads one folder in float32 and runs all its cases. Returns the largest difference.
double check_folder(const std::filesystem::path& folder, const std::string& attention) {
  FromPretrainedOptions load;
  load.strict = true;
  load.dtype = "float32";
  load.attn_implementation = attention;
  const auto model = from_pretrained(spec_of_folder(folder), folder, load).model;
  operate(*model, folder);
  auto inputs = read_cases(folder / "inputs.safetensors");
  auto outputs = read_cases(folder / "outputs.safetensors");
  auto differing = std::filesystem::exists(folder / "sdpa.safetensors")
                       ? read_cases(folder / "sdpa.safetensors")
                       : std::map<std::string, NamedTensors>();
  REQUIRE(!inputs.empty());

  const at::NoGradGuard no_grad;
  double worst = 0;
  for (const auto& [kind, wanted] : outputs) {
    INFO(folder.filename().string() << ", " << kind << ", " << attention);
    ForwardOptions options;
    options.output_hidden_states = true;
    options.output_attentions = wanted.contains("attentions.0");
    const NamedTensors got = (*model)(inputs[kind], options);
    CHECK(got.size() == wanted.size());
    check_close(attention == "eager" ? wanted : fused_outputs(wanted, differing[kind]), got, worst);
  }
  return worst;
}

double check_all(const std::string& attention) {
  double worst = 0;
  int folders = 0;
  for (const auto& entry : std::filesystem::directory_iterator(goldens_folder())) {
    worst = std::max(worst, check_folder(entry.path(), attention));
    ++folders;
  }
  CHECK(folders >= 30);
  return worst;
}

TEST_CASE("GPT-2 with eager attention computes what transformers computes") {
  const double worst = check_all("eager");
  SUCCEED("largest difference " << worst);
}

TEST_CASE("GPT-2 with fused attention computes what transformers computes") {
  const double worst = check_all("sdpa");
  SUCCEED("largest difference " << worst);
}

TEST_CASE("GPT-2 checkpoints in half precision keep their dtype and run near their float32 results") {
  const std::string dtype = GENERATE("float16", "bfloat16");
  const std::string attention = GENERATE("eager", "sdpa");
  const auto folder = goldens_folder() / (dtype + "-GPT2LMHeadModel");
  FromPretrainedOptions load;
  load.attn_implementation = attention;
  const auto model = from_pretrained(spec_of_folder(folder), folder, load).model;
  const at::NoGradGuard no_grad;
  const at::Tensor got = (*model)(read_cases(folder / "inputs.safetensors").at("full")).at("logits");
  const at::Tensor wanted = read_cases(folder / "outputs.safetensors").at("full").at("logits");
  CHECK(got.scalar_type() == *scalar_type_from_name(dtype));
  CHECK((got.to(at::kFloat) - wanted).abs().max().item<double>() < (dtype == "bfloat16" ? 0.2 : 0.02));
}

TEST_CASE("upcast attention in half precision computes its scores in float32") {
  const auto folder = goldens_folder() / "scaled-upcast-GPT2Model";
  FromPretrainedOptions load;
  load.attn_implementation = "eager";
  load.dtype = GENERATE("float16", "bfloat16");
  const auto model = from_pretrained(spec_of_folder(folder), folder, load).model;
  const at::NoGradGuard no_grad;
  const at::Tensor got =
      (*model)(read_cases(folder / "inputs.safetensors").at("full")).at("last_hidden_state");
  const at::Tensor wanted = read_cases(folder / "outputs.safetensors").at("full").at("last_hidden_state");
  CHECK(got.scalar_type() == *scalar_type_from_name(load.dtype));
  CHECK((got.to(at::kFloat) - wanted).abs().max().item<double>() < (load.dtype == "bfloat16" ? 0.3 : 0.03));
}

}  // namespace
}  // namespace modelhost::plugins::gpt2

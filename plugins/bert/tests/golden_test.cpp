// Every checkpoint in goldens/ gives what transformers computed from it (make_goldens.py says how they are
// made).
#include <catch2/generators/catch_generators.hpp>
#include <map>

#include "bert_test_support.h"
#include "modelhost/base/json.h"
#include "modelhost/checkpoint/open_checkpoint.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/load/tensor_bytes.h"

namespace modelhost::plugins::bert {
namespace {

constexpr double kTolerance = 1e-5;

template <typename... Models>
std::map<std::string, ModelSpec> specs_of() {
  std::map<std::string, ModelSpec> specs;
  (specs.emplace(class_name(typeid(Models)), model_spec<Models>(class_name(typeid(Models)))), ...);
  return specs;
}

const ModelSpec& spec_named(const std::string& name) {
  static const auto specs =
      specs_of<BertModel, BertForPreTraining, BertForMaskedLM, BertLMHeadModel, BertForNextSentencePrediction,
               BertForSequenceClassification, BertForMultipleChoice, BertForTokenClassification,
               BertForQuestionAnswering>();
  return specs.at(name);
}

// A file of tensors named <case>.<name>, by case.
std::map<std::string, NamedTensors> read_cases(const std::filesystem::path& file) {
  std::map<std::string, NamedTensors> cases;
  const auto reader = open_checkpoint(file);
  for (const TensorInfo& info : reader->tensors()) {
    const auto dot = info.name.find('.');
    cases[info.name.substr(0, dot)].set(info.name.substr(dot + 1), tensor_over(info, reader->bytes(info)));
  }
  return cases;
}

double largest_difference(const NamedTensors& wanted, const NamedTensors& got) {
  double worst = 0;
  for (const auto& [name, tensor] : wanted) {
    INFO(name);
    const at::Tensor& other = got.at(name);
    REQUIRE(other.sizes() == tensor.sizes());
    REQUIRE(other.scalar_type() == tensor.scalar_type());
    const double difference = (other - tensor).abs().max().item<double>();
    CHECK(difference <= kTolerance);
    worst = std::max(worst, difference);
  }
  return worst;
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

// Loads one folder and runs all its cases. Returns the largest difference.
double check_folder(const std::filesystem::path& folder, const std::string& attention) {
  const std::string name = folder.filename().string();
  FromPretrainedOptions load;
  load.strict = true;
  load.attn_implementation = attention;
  const auto model = from_pretrained(spec_named(name.substr(name.rfind('-') + 1)), folder, load).model;
  operate(*model, folder);
  const auto inputs = read_cases(folder / "inputs.safetensors");
  const auto outputs = read_cases(folder / "outputs.safetensors");
  REQUIRE(!inputs.empty());

  const at::NoGradGuard no_grad;
  double worst = 0;
  for (const auto& [kind, wanted] : outputs) {
    INFO(name << ", " << kind << ", " << attention);
    ForwardOptions options;
    options.output_hidden_states = true;
    options.output_attentions = wanted.contains("attentions.0");
    const NamedTensors got = (*model)(inputs.at(kind), options);
    CHECK(got.size() == wanted.size());
    worst = std::max(worst, largest_difference(wanted, got));
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

TEST_CASE("BERT with eager attention computes what transformers computes") {
  const double worst = check_all("eager");
  SUCCEED("largest difference " << worst);
}

TEST_CASE("BERT with fused attention computes what transformers computes") {
  const double worst = check_all("sdpa");
  SUCCEED("largest difference " << worst);
}

TEST_CASE("a masked language model's checkpoint loads into the base model without its head") {
  const auto loaded = from_pretrained(spec_named("BertModel"), goldens_folder() / "plain-BertForMaskedLM");
  CHECK(loaded.report.missing_keys == std::vector<std::string>{"pooler.dense.bias", "pooler.dense.weight"});
  for (const std::string& key : loaded.report.unexpected_keys) CHECK(key.starts_with("cls."));
  CHECK_FALSE(loaded.report.unexpected_keys.empty());
}

TEST_CASE("a base checkpoint loads into a classifier whose head is new") {
  const auto loaded =
      from_pretrained(spec_named("BertForSequenceClassification"), goldens_folder() / "plain-BertModel");
  CHECK(loaded.report.missing_keys == std::vector<std::string>{"classifier.bias", "classifier.weight"});
  CHECK(loaded.report.unexpected_keys.empty());
}

TEST_CASE("BERT runs in half precision, bfloat16 and double, near its float32 results") {
  const std::string dtype = GENERATE("float16", "bfloat16", "float64");
  const std::string attention = GENERATE("eager", "sdpa");
  INFO(dtype << ", " << attention);
  FromPretrainedOptions load;
  load.dtype = dtype;
  load.attn_implementation = attention;
  const auto folder =
      goldens_folder() / GENERATE("plain-BertModel", "decoder-BertModel", "relative-key-BertModel");
  const auto model = from_pretrained(spec_named("BertModel"), folder, load).model;
  NamedTensors inputs = read_cases(folder / "inputs.safetensors").at("full");
  const at::Tensor wanted = read_cases(folder / "outputs.safetensors").at("full").at("last_hidden_state");

  const at::NoGradGuard no_grad;
  const at::Tensor got = (*model)(inputs).at("last_hidden_state");
  CHECK(got.scalar_type() == *scalar_type_from_name(dtype));
  const double allowed = dtype == "bfloat16" ? 0.2 : dtype == "float16" ? 0.02 : 1e-4;
  CHECK((got.to(at::kFloat) - wanted).abs().max().item<double>() < allowed);
}

}  // namespace
}  // namespace modelhost::plugins::bert

// The options of from_pretrained: names, config, dtypes, places, and what is told about them.
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "load/key_pattern.h"
#include "loaded_tensors.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/files/json_file.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "modelhost/load/tensor_bytes.h"
#include "save/save_support.h"
#include "support/error_of.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::code_of;
using test::error_of;
using test::filled_model;
using test::is_mapped;
using test::SampleForCausalLM;
using test::SampleModel;
using test::TempDir;
using test::value;

NamedTensors weights_of(PreTrainedModel& model, const std::string& prefix = "") {
  NamedTensors tensors;
  for (const StateEntry& entry : state_dict(model))
    tensors.set(prefix + entry.name, entry.tensor.detach().clone());
  return tensors;
}

Json sample_config() {
  return {{"model_type", "sample"}, {"vocab_size", 7}, {"hidden_size", 4}};
}

LoadedModel load_state(const NamedTensors& weights, FromPretrainedOptions options = {}) {
  if (!options.config) options.config = sample_config();
  return from_pretrained(model_spec<SampleModel>("Sample"), weights, options);
}

// The process may take so many bytes of address space more while this lives.
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(uint64_t bytes) {
    REQUIRE(::getrlimit(RLIMIT_AS, &before_) == 0);
    uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const uint64_t used = pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    const struct rlimit tight { used + bytes, before_.rlim_max };
    if (::setrlimit(RLIMIT_AS, &tight) != 0) SKIP("address space cannot be limited here");
  }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;
  ~AddressSpaceLimit() { ::setrlimit(RLIMIT_AS, &before_); }

 private:
  struct rlimit before_ {};
};

// Has the two names of weight norm, in the old or in the modern form.
struct NormedModel : PreTrainedModel {
  using config_class = test::SampleConfig;
  static constexpr std::string_view base_model_prefix = "normed", main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;
  explicit NormedModel(std::shared_ptr<test::SampleConfig> config) : PreTrainedModel(config) {
    if (config->vocab_size == 7) {
      declare_parameter("weight_g", {2});
      declare_parameter("weight_v", {3});
      return;
    }
    weight = register_module("parametrizations", std::make_shared<Inner>());
  }
  NamedTensors forward(const NamedTensors&, const ForwardOptions&) override { return {}; }
  std::vector<std::string> input_names() const override { return {}; }

  struct Originals : nn::Module {
    Originals() {
      declare_parameter("original0", {2});
      declare_parameter("original1", {3});
    }
  };
  struct Inner : nn::Module {
    Inner() { register_module("weight", std::make_shared<Originals>()); }
  };
  std::shared_ptr<Inner> weight;
};

struct HalfShyModel : SampleModel {
  using SampleModel::SampleModel;
  static constexpr std::array<std::string_view, 1> keep_in_fp32_modules{"norm"};
  static constexpr std::array<std::string_view, 1> keep_in_fp32_modules_strict{"bias"};
};

TEST_CASE("names of weight norm are understood in both directions") {
  const NamedTensors old_names = {{"weight_g", at::ones({2})}, {"weight_v", at::full({3}, 2.0)}};
  const NamedTensors modern = {{"parametrizations.weight.original0", at::ones({2})},
                               {"parametrizations.weight.original1", at::full({3}, 2.0)}};
  for (const int64_t vocabulary : {7, 8}) {
    for (const NamedTensors* weights : {&old_names, &modern}) {
      FromPretrainedOptions options{.strict = true};
      options.config = Json{{"model_type", "sample"}, {"vocab_size", vocabulary}};
      const LoadedModel loaded = from_pretrained(model_spec<NormedModel>("Normed"), *weights, options);
      CHECK(loaded.report.complete());
      CHECK(at::equal(state_dict(*loaded.model)[1].tensor, at::full({3}, 2.0)));
    }
  }
}

TEST_CASE("a key mapping renames with Python's regular expressions") {
  const auto model = filled_model(1);
  FromPretrainedOptions options{.strict = true};
  options.key_mapping = {{R"(^old\.(?P<rest>.*)$)", R"(\g<rest>)"}};
  CHECK(test::same_weights(*load_state(weights_of(*model, "old."), options).model, *model));
  options.key_mapping = {{R"((?<=o)ld\.)", "h."}};
  CHECK(error_of([&] { load_state(weights_of(*model, "old."), options); }).message().find("oh.scale") !=
        std::string::npos);
  for (const auto& [pattern, replacement] :
       KeyMapping{{"(", ""}, {"o", "\\1"}, {"o", "\\g<x>"}, {"o", "\\q"}}) {
    CAPTURE(pattern, replacement);
    options.key_mapping = {{pattern, replacement}};
    const Error error = error_of([&] { load_state(weights_of(*model, "old."), options); });
    CHECK(error.code() == codes::kLoadOption.id);
    CHECK(error.key() == "key_mapping");
  }
}

TEST_CASE("a pattern that explodes and a key of a million letters end in an error or a result, soon") {
  const KeyPattern explosive("(a+)+$", "test");
  std::string long_name(5000, 'a');
  long_name.back() = 'b';
  CHECK(code_of([&] { explosive.found_in(long_name); }) == codes::kLoadOption.id);
  const KeyPattern plain("(.|b)*x", "test");
  bool found = false;
  const std::string code = code_of([&] { found = plain.found_in(std::string(1000000, 'a')); });
  CHECK_FALSE(found);
  CHECK((code == "none" || code == codes::kLoadOption.id));
}

TEST_CASE("patterns replace as Python's re.subn does") {
  auto replaced = [](const char* pattern, const char* key, const char* replacement) {
    return KeyPattern(pattern, "test").replaced(key, replacement).value_or("<none>");
  };
  CHECK(replaced(R"(a(\d))", "a1.a2", R"(b\1)") == "b1.b2");
  CHECK(replaced(R"(a(?P<n>\d)(?P=n))", "a11", R"([\g<n>\g<1>])") == "[11]");
  CHECK(replaced(R"(x\Z)", "x\n", "y") == "<none>");
  CHECK(replaced("a", "b", "c") == "<none>");
  CHECK(replaced("a", "a", "$1\\\\é") == "$1\\é");
  CHECK(replaced("^", "a", "b.") == "b.a");
}

TEST_CASE("a state dict in memory needs a config and becomes the model's own weights") {
  const auto model = filled_model(1);
  const NamedTensors weights = weights_of(*model);
  const LoadedModel loaded = load_state(weights, {.strict = true});
  CHECK(test::same_weights(*loaded.model, *model));
  CHECK(value(*loaded.model, "embed.weight").const_data_ptr() == weights.at("embed.weight").const_data_ptr());
  CHECK(load_state(weights, {.dtype = at::kHalf}).model->dtype() == at::kHalf);
  CHECK(code_of([&] { from_pretrained(model_spec<SampleModel>("Sample"), weights, {}); }) ==
        codes::kLoadOption.id);
  const NamedTensors crossed = {{"dense.weight", value(*model, "dense.weight").t()}};
  CHECK(at::equal(value(*load_state(crossed).model, "dense.weight"), crossed.at("dense.weight")));
}

TEST_CASE("a single weights file takes its config from beside it or from the options") {
  const TempDir dir;
  const auto model = filled_model(1);
  save_pretrained(*model, dir / "m");
  CHECK(test::same_weights(*test::load(dir / "m/model.safetensors").model, *model));
  fs::rename(dir / "m/model.safetensors", dir / "alone.safetensors");
  CHECK(code_of([&] { test::load(dir / "alone.safetensors"); }) == codes::kConfigMissing.id);
  FromPretrainedOptions options{.strict = true};
  options.config = sample_config();
  CHECK(test::same_weights(*test::load(dir / "alone.safetensors", options).model, *model));
  options.subfolder = "sub";
  CHECK(code_of([&] {
          from_pretrained(model_spec<SampleModel>("S"), dir / "alone.safetensors", {.subfolder = "sub"});
        }) == codes::kLoadOption.id);
}

TEST_CASE("config overrides replace fields and refuse keys that nobody has") {
  const NamedTensors weights = weights_of(*filled_model(1));
  auto with = [&](const Json& overrides) {
    FromPretrainedOptions options{.ignore_mismatched_sizes = true};
    options.config_overrides = overrides;
    options.config = sample_config();
    (*options.config)["custom"] = 1;
    return load_state(weights, options);
  };
  CHECK(value(*with({{"vocab_size", 9}}).model, "embed.weight").size(0) == 9);
  CHECK(with({{"num_labels", 5}}).model->config().num_labels() == 5);
  CHECK(with({{"custom", 2}}).model->config().extra["custom"] == 2);
  CHECK(with({{"torch_dtype", "float16"}}).model->dtype() == at::kHalf);
  const Error error = error_of([&] { with({{"vocab_sise", 9}}); });
  CHECK(error.code() == codes::kLoadOption.id);
  CHECK(error.fix() == "did you mean vocab_size?");
  CHECK(code_of([&] { with({{"num_labels", 3}, {"id2label", {{"0", "a"}}}}); }) == codes::kLoadOption.id);
  CHECK(code_of([&] { with(Json::array({1})); }) == codes::kLoadOption.id);
  CHECK(code_of([&] { with({{"vocab_size", -1}}); }) == codes::kConfigRange.id);
}

TEST_CASE("modules that are kept in float32 are so in the types that transformers names") {
  const NamedTensors weights = weights_of(*filled_model(1));
  auto types = [&](const std::string& dtype) {
    FromPretrainedOptions options{.strict = true, .dtype = model_dtype_from_name(dtype)};
    options.config = sample_config();
    auto model = from_pretrained(model_spec<HalfShyModel>("Shy"), weights, options).model;
    return std::vector<c10::ScalarType>{value(*model, "dense.weight").scalar_type(),
                                        value(*model, "dense.bias").scalar_type(),
                                        value(*model, "norm.weight").scalar_type()};
  };
  CHECK(types("float16") == std::vector{at::kHalf, at::kFloat, at::kFloat});
  CHECK(types("bfloat16") == std::vector{at::kBFloat16, at::kFloat, at::kBFloat16});
  CHECK(types("float64") == std::vector{at::kDouble, at::kDouble, at::kDouble});
}

TEST_CASE("on disk a parameter stays a view of the mapped file, whatever the mode says") {
  const TempDir dir;
  const auto model = filled_model(1);
  save_pretrained(*model, dir / "m");
  const ModelSpec spec = model_spec<SampleModel>("Sample");
  FromPretrainedOptions options{.strict = true, .read_mode = ReadMode::kParallel};
  options.device_map = {{"", at::kCPU}, {"embed", Place::disk()}, {"dense.weight", Place::disk()}};
  const LoadedModel loaded = from_pretrained(spec, dir / "m", options);
  CHECK(test::same_weights(*loaded.model, *model));
  CHECK(is_mapped(value(*loaded.model, "embed.weight")));
  CHECK(is_mapped(value(*loaded.model, "dense.weight")));
  CHECK_FALSE(is_mapped(value(*loaded.model, "dense.bias")));  // read into memory, and assigned
  CHECK((loaded.report.device_map == options.device_map));
  CHECK(loaded.report.read_mode == "parallel");
  options.dtype = at::kHalf;
  const Error error = error_of([&] { from_pretrained(spec, dir / "m", options); });
  CHECK(error.code() == codes::kLoadOption.id);
  CHECK(error.message().find("stored as F32 and the model has float16") != std::string::npos);
  options.device_map = {{"", Place::automatic()}};
  CHECK((from_pretrained(spec, dir / "m", options).report.device_map == DeviceMap{{"", at::kCPU}}));
}

// The sample model that may not be assigned to: its plugin says so, or host settings narrow it.
ModelSpec spec_without_assignment() {
  ModelSpec spec = model_spec<SampleModel>("Sample");
  spec.traits.supports_assign_param_buffer = false;
  return spec;
}

TEST_CASE("a class that does not support assignment has no parameter on disk") {
  const TempDir dir;
  save_pretrained(*filled_model(1), dir / "m");
  const FromPretrainedOptions options{.device_map = {{"", at::kCPU}, {"embed", Place::disk()}}};
  const Error error = error_of([&] { from_pretrained(spec_without_assignment(), dir / "m", options); });
  CHECK(error.code() == codes::kLoadOption.id);
  CHECK(error.key() == "embed.weight");
  CHECK(error.message().find("supports_assign_param_buffer is false") != std::string::npos);
}

TEST_CASE("where memory is short, auto leaves on disk only what the class lets be there") {
  const TempDir dir;
  const auto model = filled_model(1);
  save_pretrained(*model, dir / "m");
  NamedTensors weights = weights_of(*model);
  weights.set("another", at::zeros({12 << 20}));  // 48 MiB that nobody reads make the checkpoint too large
  std::vector<TensorToWrite> tensors;
  for (const auto& [name, tensor] : weights) {
    tensors.push_back({{name, checkpoint_dtype(tensor.scalar_type()), tensor.sizes().vec(), 0, 0},
                       {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()}});
  }
  write_safetensors(dir / "m/model.safetensors", std::move(tensors), {{"format", "pt"}});
  const FromPretrainedOptions options{.device_map = {{"", Place::automatic()}}};
  const auto load_in_little_memory = [&](const ModelSpec& spec) {
    const AddressSpaceLimit limit(uint64_t{80} << 20);
    return from_pretrained(spec, dir / "m", options);
  };
  const LoadedModel views = load_in_little_memory(model_spec<SampleModel>("Sample"));
  CHECK((views.report.device_map == DeviceMap{{"", Place::disk()}}));
  CHECK(is_mapped(value(*views.model, "embed.weight")));
  const LoadedModel copies = load_in_little_memory(spec_without_assignment());
  CHECK_FALSE(is_mapped(value(*copies.model, "embed.weight")));
  CHECK(copies.report.tensors_assigned == 0);
  CHECK(test::same_weights(*copies.model, *model));
}

TEST_CASE("device maps that cannot be are refused before anything is read") {
  const NamedTensors weights = weights_of(*filled_model(1));
  auto error_with = [&](const DeviceMap& map) {
    return error_of([&] { load_state(weights, {.device_map = map}); });
  };
  CHECK(error_with({{"", at::kCPU}, {"dens", at::kCPU}}).fix() == "did you mean dense?");
  CHECK(error_with({{"dense", at::kCPU}}).key() == "scale");
  CHECK(error_with({{"", at::kMeta}}).code() == codes::kLoadOption.id);
  CHECK(error_with({{"", Place::disk()}}).message().find("one piece in a file") != std::string::npos);
  FromPretrainedOptions options;
  options.device = at::kMPS;
  CHECK(code_of([&] { load_state(weights, options); }) == codes::kLoadOption.id);
}

TEST_CASE("progress ends at the bytes of all tensors, in every mode") {
  const TempDir dir;
  save_pretrained(*filled_model(1), dir / "m");
  for (const auto mode : {ReadMode::kMap, ReadMode::kParallel, ReadMode::kSequential}) {
    for (const char* dtype : {"auto", "float16"}) {
      uint64_t last = 0, all = 0;
      FromPretrainedOptions options{.strict = true, .dtype = model_dtype_from_name(dtype)};
      options.read_mode = mode;
      options.progress = [&](uint64_t done, uint64_t total) {
        CHECK(done >= last);
        last = done;
        all = total;
      };
      test::load(dir / "m", options);
      CHECK(last == 4 * (28 + 16 + 4 + 4 + 4 + 1));
      CHECK(all == last);
    }
  }
}

TEST_CASE("the report is data with every list, and lists what was initialised") {
  const auto model = filled_model(1);
  NamedTensors weights = weights_of(*model);
  weights.set("dense.weight", at::ones({3, 4}));
  weights.set("x.LayerNorm.gamma", at::ones({1}));
  weights.set("x.LayerNorm.weight", at::ones({1}));
  const LoadReport report = load_state(weights, {.ignore_mismatched_sizes = true}).report;
  const Json json = report.to_json();
  CHECK(json["mismatched_keys"][0] ==
        Json{{"key", "dense.weight"}, {"checkpoint_shape", {3, 4}}, {"model_shape", {4, 4}}, {"file", ""}});
  CHECK(json["newly_initialized"] == Json{"dense.weight"});
  CHECK(json["unexpected_keys"] == Json{"x.LayerNorm.weight"});
  REQUIRE(report.error_msgs.size() == 1);
  CHECK(report.error_msgs[0].find("x.LayerNorm.gamma") != std::string::npos);
  CHECK(report.to_text().find("dense.weight: checkpoint [3, 4], model [4, 4]") != std::string::npos);
}

TEST_CASE("a shape error names config.json, its key, the file of the tensor and both shapes") {
  const TempDir dir;
  SaveOptions save;
  save.max_shard_size = 130;
  save_pretrained(*filled_model(1), dir / "m", save);
  Json config = read_json_file(dir / "m/config.json");
  config["vocab_size"] = 31;
  dir.write("m/config.json", config.dump());
  const Error error = error_of([&] { test::load(dir / "m", {}); });
  CHECK(error.code() == codes::kLoadMismatch.id);
  CHECK(error.file() == (dir / "m/model-00001-of-00002.safetensors").string());
  CHECK(error.key() == "embed.weight");
  CHECK(error.got() == "[7, 4]");
  CHECK(error.expected() == "[31, 4], from " + (dir / "m/config.json").string());
  CHECK(error.notes().find("vocab_size 31") != std::string::npos);
  CHECK(error.fix().find("ignore_mismatched_sizes") != std::string::npos);
}

TEST_CASE("a config that asks for more than the machine has is named with its key") {
  const TempDir dir;
  save_pretrained(*filled_model(1), dir / "m");
  Json config = read_json_file(dir / "m/config.json");
  config["hidden_size"] = 16777216;
  dir.write("m/config.json", config.dump());
  const Error error = error_of([&] { test::load(dir / "m", {.ignore_mismatched_sizes = true}); });
  CHECK(error.code() == codes::kModelBuild.id);
  CHECK(error.file() == (dir / "m/config.json").string());
  CHECK(error.key() == "hidden_size");
  CHECK(error.notes().find("hidden_size 16777216") != std::string::npos);
}

TEST_CASE(
    "missing weights that need more than the process may allocate end in an error with key and remedy") {
  const TempDir dir;
  save_pretrained(*filled_model(1), dir / "m");
  Json config = read_json_file(dir / "m/config.json");
  config["vocab_size"] = 16 << 20;  // 256 MiB: little for a machine, too much for the limit below
  dir.write("m/config.json", config.dump());
  const Error error = error_of([&] {
    const AddressSpaceLimit limit(uint64_t{64} << 20);
    test::load(dir / "m", {.ignore_mismatched_sizes = true});
  });
  CHECK(error.code() == codes::kModelBuild.id);
  CHECK(error.key() == "vocab_size");
  CHECK(error.expected().find("at most") != std::string::npos);
  CHECK_FALSE(error.fix().empty());
}

TEST_CASE("integers for a floating-point parameter are refused, as in transformers") {
  const TempDir dir;
  NamedTensors weights;
  weights.set("embed.weight", at::ones({7, 4}, at::kInt));
  const Error error = error_of([&] { load_state(weights); });
  CHECK(error.code() == codes::kLoadDtype.id);
  CHECK(error.key() == "embed.weight");
  CHECK(error.got() == "I32");
}

struct BareModel : PreTrainedModel {
  using config_class = test::SampleConfig;
  static constexpr std::string_view base_model_prefix = "bare", main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;
  explicit BareModel(std::shared_ptr<test::SampleConfig> config) : PreTrainedModel(std::move(config)) {}
  NamedTensors forward(const NamedTensors&, const ForwardOptions&) override { return {}; }
  std::vector<std::string> input_names() const override { return {}; }
};

TEST_CASE("a model without tensors loads from nothing") {
  FromPretrainedOptions options;
  options.config = Json{{"model_type", "sample"}};
  options.dtype = at::kFloat;
  CHECK(from_pretrained(model_spec<BareModel>("BareModel"), NamedTensors(), options).report.complete());
}

TEST_CASE("an error while weights are read leaves the model as it was") {
  const TempDir dir;
  save_pretrained(*filled_model(100), dir / "m");
  const auto reader = open_checkpoint(dir / "m", {.read_mode = ReadMode::kParallel});
  fs::resize_file(dir / "m/model.safetensors", fs::file_size(dir / "m/model.safetensors") - 10);
  const auto model = filled_model(1);
  CHECK(code_of([&] { load_weights(*model, *reader); }) == codes::kFileUnreadable.id);
  CHECK(test::same_weights(*model, *filled_model(1)));
}

}  // namespace
}  // namespace modelhost

#include "modelhost/load/from_pretrained.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>

#include <catch2/catch_test_macros.hpp>
#include <map>

#include "loaded_tensors.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/model/measures.h"
#include "modelhost/model/state_dict.h"
#include "support/sample_model.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

using test::is_mapped;
using test::SampleForCausalLM;
using test::SampleModel;
using test::TempDir;
using test::value;
using Weights = std::map<std::string, at::Tensor>;

const std::string kConfig = R"({"model_type": "sample", "vocab_size": 7, "hidden_size": 4})";

Weights base_weights(const std::string& prefix = "", c10::ScalarType type = at::kFloat) {
  const Weights plain = {{"embed.weight", at::rand({7, 4})}, {"dense.weight", at::rand({4, 4})},
                         {"dense.bias", at::rand({4})},      {"norm.weight", at::rand({4})},
                         {"norm.bias", at::rand({4})},       {"scale", at::rand({1})}};
  Weights weights;
  for (const auto& [name, tensor] : plain) weights[prefix + name] = tensor.to(type);
  return weights;
}

void write_weights(const TempDir& dir, const Weights& weights, const std::string& config = kConfig) {
  std::vector<TensorToWrite> tensors;
  for (const auto& [name, tensor] : weights) {
    TensorToWrite entry;
    entry.info = {name, checkpoint_dtype(tensor.scalar_type()), tensor.sizes().vec(), 0, 0};
    entry.bytes = {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()};
    tensors.push_back(entry);
  }
  write_safetensors(dir.path() / "model.safetensors", tensors, {{"format", "pt"}});
  dir.write("config.json", config);
}

template <typename Model>
LoadedModel load(const TempDir& dir, const FromPretrainedOptions& options = {}) {
  return from_pretrained(model_spec<Model>("Sample"), dir.path(), options);
}

template <typename Model>
Error error_of(const TempDir& dir, const FromPretrainedOptions& options = {}) {
  try {
    load<Model>(dir, options);
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  throw 0;
}

TEST_CASE("every weight arrives and parameters are views of the mapped file") {
  const TempDir dir;
  const Weights weights = base_weights();
  write_weights(dir, weights);
  const LoadedModel loaded = load<SampleModel>(dir, {.strict = true});
  for (const auto& [name, tensor] : weights) CHECK(at::equal(value(*loaded.model, name), tensor));
  CHECK(is_mapped(value(*loaded.model, "embed.weight")));
  CHECK(is_mapped(value(*loaded.model, "norm.bias")));
  CHECK(loaded.report.tensors_assigned == 5);
  CHECK(loaded.report.tensors_copied == 1);  // the buffer
  CHECK(loaded.report.complete());
  CHECK_FALSE(loaded.model->is_training());
}

TEST_CASE("writing in place to a loaded weight works and never changes the file") {
  const TempDir dir;
  write_weights(dir, base_weights());
  const std::string before = read_text_file(dir.path() / "model.safetensors", 1 << 20);
  const LoadedModel loaded = load<SampleModel>(dir);
  {
    const at::NoGradGuard no_grad;
    value(*loaded.model, "dense.weight").fill_(3);
    value(*loaded.model, "embed.weight").add_(1);
  }
  CHECK(value(*loaded.model, "dense.weight").eq(3).all().item<bool>());
  CHECK(read_text_file(dir.path() / "model.safetensors", 1 << 20) == before);
}

TEST_CASE("weights stay valid after the loaded model's other owners are gone") {
  const TempDir dir;
  const Weights weights = base_weights();
  write_weights(dir, weights);
  at::Tensor kept;
  { kept = value(*load<SampleModel>(dir).model, "embed.weight"); }
  CHECK(at::equal(kept, weights.at("embed.weight")));
}

TEST_CASE("a class that does not support assignment gets copies with equal values") {
  const TempDir dir;
  const Weights weights = base_weights();
  write_weights(dir, weights);
  ModelSpec spec = model_spec<SampleModel>("Sample");
  spec.traits.supports_assign_param_buffer = false;
  const LoadedModel loaded = from_pretrained(spec, dir.path());
  for (const auto& [name, tensor] : weights) CHECK(at::equal(value(*loaded.model, name), tensor));
  CHECK_FALSE(is_mapped(value(*loaded.model, "embed.weight")));
  CHECK(loaded.report.bytes_assigned == 0);
}

TEST_CASE("dtype auto follows the checkpoint, a given dtype casts") {
  const TempDir dir;
  const Weights weights = base_weights("", at::kBFloat16);
  write_weights(dir, weights);
  LoadedModel loaded = load<SampleModel>(dir);
  CHECK(loaded.model->dtype() == at::kBFloat16);
  CHECK(loaded.model->config().dtype == "bfloat16");
  loaded = load<SampleModel>(dir, {.dtype = at::kFloat});
  CHECK(loaded.model->dtype() == at::kFloat);
  CHECK(at::equal(value(*loaded.model, "dense.bias"), weights.at("dense.bias").to(at::kFloat)));
  CHECK(loaded.report.tensors_assigned == 0);
  CHECK(error_of<SampleModel>(dir, {.dtype = at::kLong}).code() == codes::kLoadDtype.id);
  write_weights(dir, weights, R"({"model_type": "sample", "torch_dtype": "float16"})");
  CHECK(load<SampleModel>(dir).model->dtype() == at::kHalf);
}

TEST_CASE("a model with a head loads a base checkpoint and initialises only the head") {
  const TempDir dir;
  const Weights weights = base_weights();
  write_weights(dir, weights, R"({"model_type": "sample", "tie_word_embeddings": false})");
  const LoadedModel loaded = load<SampleForCausalLM>(dir);
  CHECK(loaded.report.missing_keys == std::vector<std::string>{"lm_head.weight"});
  CHECK(loaded.report.unexpected_keys.empty());
  CHECK(at::equal(value(*loaded.model, "sample.embed.weight"), weights.at("embed.weight")));
  const at::Tensor head = value(*loaded.model, "lm_head.weight");
  CHECK(head.abs().max().item<float>() > 0);
  CHECK(head.abs().max().item<float>() < 0.2);  // N(0, 0.02)
}

TEST_CASE("a base model loads a checkpoint with a head and reports the head's keys") {
  const TempDir dir;
  Weights weights = base_weights("sample.");
  weights["lm_head.weight"] = at::rand({7, 4});
  write_weights(dir, weights);
  const LoadedModel loaded = load<SampleModel>(dir);
  CHECK(loaded.report.missing_keys.empty());
  CHECK(loaded.report.unexpected_keys == std::vector<std::string>{"lm_head.weight"});
  CHECK(at::equal(value(*loaded.model, "dense.weight"), weights.at("sample.dense.weight")));
}

TEST_CASE("tied weights are one tensor and not reported missing") {
  const TempDir dir;
  write_weights(dir, base_weights("sample."));
  const LoadedModel loaded = load<SampleForCausalLM>(dir, {.strict = true});
  CHECK(value(*loaded.model, "lm_head.weight").is_same(value(*loaded.model, "sample.embed.weight")));
  CHECK(loaded.report.complete());
  CHECK(num_parameters(*loaded.model) == 28 + 16 + 4 + 4 + 4);
  const NamedTensors out = (*loaded.model)({{"input_ids", at::tensor({1, 2, 3}).view({1, 3})}});
  CHECK(out.at("logits").sizes() == at::IntArrayRef({1, 3, 7}));
}

TEST_CASE("a key that is unexpected is reported under its modern name, as transformers does") {
  const TempDir dir;
  Weights weights = base_weights();
  weights["LayerNorm.gamma"] = at::rand({4});
  write_weights(dir, weights);
  CHECK(load<SampleModel>(dir).report.unexpected_keys == std::vector<std::string>{"LayerNorm.weight"});
}

TEST_CASE("other shapes are one error that lists every key with both shapes and leaves nothing behind") {
  const TempDir dir;
  Weights weights = base_weights();
  weights["embed.weight"] = at::rand({9, 4});
  weights["dense.bias"] = at::rand({4, 1});
  write_weights(dir, weights);
  const Error error = error_of<SampleModel>(dir);
  CHECK(error.code() == codes::kLoadMismatch.id);
  const std::string text = error.what();
  CHECK(text.find("embed.weight: checkpoint [9, 4], model [7, 4]") != std::string::npos);
  CHECK(text.find("dense.bias: checkpoint [4, 1], model [4]") != std::string::npos);
  CHECK(text.find("ignore_mismatched_sizes") != std::string::npos);
  const LoadedModel loaded = load<SampleModel>(dir, {.ignore_mismatched_sizes = true});
  CHECK(loaded.report.mismatched_keys.size() == 2);
  CHECK(value(*loaded.model, "embed.weight")[0].eq(0).all().item<bool>());  // the padding row
  CHECK(at::equal(value(*loaded.model, "dense.weight"), weights.at("dense.weight")));
}

TEST_CASE("strict lists missing and unexpected keys in one error") {
  const TempDir dir;
  Weights weights = base_weights();
  weights.erase("dense.bias");
  weights["extra"] = at::rand({1});
  write_weights(dir, weights);
  const Error error = error_of<SampleModel>(dir, {.strict = true});
  CHECK(error.code() == codes::kLoadIncomplete.id);
  CHECK(error.message().find("missing dense.bias") != std::string::npos);
  CHECK(error.message().find("unexpected extra") != std::string::npos);
}

TEST_CASE("a checkpoint that mixes prefixed and unprefixed keys is refused") {
  const TempDir dir;
  Weights weights = base_weights();
  weights["lm_head.weight"] = at::rand({7, 4});
  write_weights(dir, weights);
  const Error error = error_of<SampleForCausalLM>(dir);
  CHECK(error.code() == codes::kLoadPrefix.id);
  CHECK(error.key() == "lm_head.weight");
}

TEST_CASE("a key that only looks like it has the prefix is not taken for one") {
  const TempDir dir;
  Weights weights = base_weights();
  weights["sampler"] = at::rand({1});
  write_weights(dir, weights);
  CHECK(load<SampleForCausalLM>(dir).report.unexpected_keys == std::vector<std::string>{"sampler"});
}

TEST_CASE("sizes in a config that no machine can hold end in an error") {
  const TempDir dir;
  write_weights(dir, {{"dense.bias", at::rand({4})}},
                R"({"model_type": "sample", "vocab_size": 268435456, "hidden_size": 16777216})");
  CHECK(error_of<SampleModel>(dir, {.ignore_mismatched_sizes = true}).code() == codes::kModelBuild.id);
}

TEST_CASE("tensors at odd offsets, scalars and tensors of no elements load correctly") {
  const TempDir dir;
  const std::string header = R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
                             R"("b":{"dtype":"F32","shape":[2],"data_offsets":[3,11]},)"
                             R"("c":{"dtype":"I64","shape":[],"data_offsets":[11,19]},)"
                             R"("d":{"dtype":"F16","shape":[0,5],"data_offsets":[19,19]}})";
  std::string bytes(8, '\0');
  const uint64_t size = header.size();
  std::memcpy(bytes.data(), &size, 8);
  const float floats[] = {1.5F, -2.25F};
  const int64_t number = -7;
  bytes += header + "abc" + std::string(reinterpret_cast<const char*>(floats), 8) +
           std::string(reinterpret_cast<const char*>(&number), 8);
  const auto reader = open_checkpoint(dir.write("t.safetensors", bytes));
  auto tensor = [&](const char* name) {
    return tensor_over(*reader->find(name), reader->bytes(*reader->find(name)));
  };
  CHECK(tensor("b")[1].item<float>() == -2.25F);
  CHECK(tensor("c").item<int64_t>() == -7);
  CHECK(tensor("c").dim() == 0);
  CHECK(tensor("d").sizes() == at::IntArrayRef({0, 5}));
  CHECK(reinterpret_cast<std::uintptr_t>(tensor("b").const_data_ptr()) % 4 == 0);
}

TEST_CASE("weights of another framework and missing configs are refused") {
  const TempDir dir;
  CHECK(error_of<SampleModel>(dir).code() == codes::kConfigMissing.id);
  write_weights(dir, base_weights());
  write_safetensors(dir.path() / "model.safetensors", {}, {{"format", "tf"}});
  CHECK(error_of<SampleModel>(dir).code() == codes::kSafetensorsMetadata.id);
}

TEST_CASE("an input the model does not take is refused with the nearest name") {
  const TempDir dir;
  write_weights(dir, base_weights());
  const LoadedModel loaded = load<SampleModel>(dir);
  try {
    (*loaded.model)({{"input_idz", at::tensor({1})}});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == codes::kModelInput.id);
    CHECK(error.fix() == "did you mean input_ids?");
  }
  CHECK_THROWS_AS((*loaded.model)({{"input_ids", at::tensor({7})}}), Error);
  CHECK_THROWS_AS((*loaded.model)({{"input_ids", at::tensor({-1})}}), Error);
}

}  // namespace
}  // namespace modelhost

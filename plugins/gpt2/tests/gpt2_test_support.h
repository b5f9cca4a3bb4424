// What the tests of this plugin share: small models, goldens, errors.
#pragma once

#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

#include "gpt2_heads.h"
#include "modelhost/base/error.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/registry/model_spec.h"
#include "modelhost/testing/scratch_directory.h"
#include "support/paths.h"

namespace modelhost::plugins::gpt2 {

inline std::filesystem::path goldens_folder() {
  return test::source_path("plugins/gpt2/tests/goldens");
}

inline std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Vocabulary 19, E = 12, H = 3, L = 2, 10 positions.
inline std::shared_ptr<GPT2Config> small_config() {
  auto config = std::make_shared<GPT2Config>();
  config->vocab_size = 19;
  config->n_embd = 12;
  config->n_layer = 2;
  config->n_head = 3;
  config->n_positions = 10;
  return config;
}

inline std::shared_ptr<GPT2Config> small_config_with(const std::string& attention) {
  auto config = small_config();
  config->attn_implementation = attention;
  return config;
}

/// The spec of a class, as the plugin registers it.
template <typename Model>
ModelSpec spec_of() {
  return model_spec<Model>(class_name(typeid(Model)));
}

/// An initialised model in eval mode, made as the registry makes it.
template <typename Model>
std::shared_ptr<Model> make_model(std::shared_ptr<GPT2Config> config = small_config()) {
  auto model = std::dynamic_pointer_cast<Model>(spec_of<Model>().make_model(std::move(config)));
  model->init_weights();
  model->eval();
  return model;
}

inline NamedTensors ids_of_shape(at::IntArrayRef shape) {
  return {{"input_ids", at::randint(0, 19, shape, at::kLong)}};
}

inline at::Tensor tensor_of(torch::nn::Module& module, const std::string& name) {
  for (const StateEntry& entry : state_dict(module)) {
    if (entry.name == name) return entry.tensor;
  }
  return {};
}

/// The error that `action` throws; fails the test if it throws none.
template <typename Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  throw std::logic_error("unreachable");
}

}  // namespace modelhost::plugins::gpt2

// What the tests of this plugin share: small models, goldens, errors.
#pragma once

#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "bert_heads.h"
#include "modelhost/base/error.h"
#include "modelhost/registry/model_spec.h"
#include "support/paths.h"

namespace modelhost::plugins::bert {

inline std::filesystem::path goldens_folder() {
  return test::source_path("plugins/bert/tests/goldens");
}

/// Vocabulary 19, E = 12, H = 3, L = 2, 10 positions, 2 token types.
inline std::shared_ptr<BertConfig> small_config() {
  auto config = std::make_shared<BertConfig>();
  config->vocab_size = 19;
  config->hidden_size = 12;
  config->num_hidden_layers = 2;
  config->num_attention_heads = 3;
  config->intermediate_size = 17;
  config->max_position_embeddings = 10;
  return config;
}

/// An initialised model in eval mode, made as the registry makes it.
template <typename Model>
std::shared_ptr<Model> make_model(std::shared_ptr<BertConfig> config = small_config()) {
  auto model = std::dynamic_pointer_cast<Model>(model_spec<Model>("Bert").make_model(std::move(config)));
  model->init_weights();
  model->eval();
  return model;
}

inline NamedTensors ids_of_shape(at::IntArrayRef shape) {
  return {{"input_ids", at::randint(0, 19, shape, at::kLong)}};
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

}  // namespace modelhost::plugins::bert

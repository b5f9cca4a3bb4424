// One forward against another that must give the same.
#include <ATen/TensorOperators.h>

#include <array>
#include <exception>
#include <thread>

#include "case_groups.h"
#include "modelhost/base/error.h"
#include "modelhost/base/text.h"

namespace modelhost::testing {
namespace {

void deterministic(const ModelFixture& fixture) {
  const auto model = fixture.model();
  const NamedTensors inputs = fixture.inputs(*model);
  require_close(run(*model, inputs), run(*model, inputs), "a second run");
}

NamedTensors row_of(const NamedTensors& inputs, int64_t row) {
  NamedTensors one;
  for (const auto& [name, tensor] : inputs) one.set(name, tensor.slice(0, row, row + 1));
  return one;
}

void batching(const ModelFixture& fixture) {
  const auto model = fixture.model();
  const NamedTensors inputs = fixture.inputs(*model);
  const NamedTensors batch = run(*model, inputs);
  for (int64_t row = 0; row < kBatch; ++row) {
    require_close(row_of(batch, row), run(*model, row_of(inputs, row)),
                  "row " + std::to_string(row) + " alone");
  }
}

void embeds(const ModelFixture& fixture) {
  const auto model = fixture.model();
  require_input(*model, "input_ids");
  require_input(*model, "inputs_embeds");
  nn::EmbeddingImpl* embedding = model->get_input_embeddings();
  if (!embedding) skip_case("the class has no get_input_embeddings()");
  const NamedTensors inputs = fixture.inputs(*model);
  NamedTensors others{{"inputs_embeds", embedding->forward(inputs.at("input_ids")).detach()}};
  for (const auto& [name, tensor] : inputs) {
    if (name != "input_ids") others.set(name, tensor);
  }
  if (inputs.at("input_ids").dim() > 2 && others.at("inputs_embeds").dim() > 3) {
    // Not every class that takes choices takes them as vectors.
    try {
      run(*model, others);
    } catch (const Error& error) {
      skip_case("the class takes no choices in inputs_embeds: " + error.message());
    }
  }
  require_close(run(*model, inputs), run(*model, others), "outputs for inputs_embeds");
}

void chunks(const ModelFixture& fixture) {
  const auto whole = fixture.model(), in_chunks = fixture.model({{"chunk_size_feed_forward", 1}});
  const NamedTensors inputs = fixture.inputs(*whole);
  require_close(run(*whole, inputs), run(*in_chunks, inputs), "outputs with chunk_size_feed_forward 1");
}

void two_threads(const ModelFixture& fixture) {
  constexpr int kRuns = 8;
  const auto model = fixture.model();
  std::array<NamedTensors, 2> inputs{fixture.inputs(*model), fixture.inputs(*model, kBatch, kLength - 2)};
  std::array<NamedTensors, 2> wanted, got;
  for (int i = 0; i < 2; ++i) wanted[i] = run(*model, inputs[i]);
  std::array<std::exception_ptr, 2> thrown;
  const auto work = [&](int i) {
    try {
      for (int repeat = 0; repeat < kRuns; ++repeat) {
        got[i] = run(*model, inputs[i]);
        require_close(wanted[i], got[i], "outputs while another thread runs the model");
      }
    } catch (...) {
      thrown[i] = std::current_exception();
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  for (const auto& error : thrown) {
    if (error) std::rethrow_exception(error);
  }
}

void refuses_ids(const ModelFixture& fixture) {
  const auto model = fixture.model();
  const nn::EmbeddingImpl* embedding = model->get_input_embeddings();
  if (!embedding) skip_case("the class has no get_input_embeddings()");
  require_input(*model, "input_ids");
  NamedTensors inputs = fixture.inputs(*model);
  inputs.set("input_ids", inputs.at("input_ids") + embedding->num_embeddings());
  try {
    run(*model, inputs);
  } catch (const Error&) {
    return;
  }
  fail_case("ids that are no rows of the embedding are taken");
}

}  // namespace

std::vector<ModelCheck> forward_checks() {
  return {
      {"deterministic", "two runs give the same", deterministic},
      {"batching-equivalence", "a row gives the same alone and in a batch", batching},
      {"inputs-embeds", "vectors of tokens give what their ids give", embeds},
      {"feed-forward-chunking", "chunk_size_feed_forward changes no result", chunks},
      {"two-threads", "two threads may run one model at a time", two_threads},
      {"refuses-unknown-ids", "an id outside the vocabulary is an error, not a crash", refuses_ids},
  };
}

}  // namespace modelhost::testing

// Keys and values that are kept from one forward to the next.
#include <ATen/ops/cat.h>

#include <algorithm>
#include <map>

#include "case_groups.h"
#include "modelhost/base/error.h"
#include "modelhost/nn/cache.h"

namespace modelhost::testing {
namespace {

constexpr int64_t kFirst = 3;  // tokens of the first forward

NamedTensors ids_of(const at::Tensor& ids, int64_t from, int64_t to) {
  return {{"input_ids", ids.slice(1, from, to)}};
}

// What a sequence of forwards gives for each token: the outputs that have the length of their input, put together.
NamedTensors in_steps(PreTrainedModel& model, const at::Tensor& ids, int64_t step, nn::Cache& cache) {
  std::map<std::string, std::vector<at::Tensor>> parts;
  for (int64_t from = 0, to = kFirst; from < ids.size(1); from = to, to = std::min(to + step, ids.size(1))) {
    const NamedTensors outputs = run(model, ids_of(ids, from, to), {.past_key_values = &cache});
    for (const char* name : {"logits", "last_hidden_state"}) {
      if (outputs.contains(name)) parts[name].push_back(outputs.at(name));
    }
    if (cache.length() == 0) skip_case("the class keeps nothing in a cache");
    require(cache.length() == to,
            "after " + std::to_string(to) + " tokens the cache has " + std::to_string(cache.length()));
  }
  NamedTensors whole;
  for (const auto& [name, list] : parts) whole.set(name, at::cat(list, 1));
  return whole;
}

void cached_steps(const ModelFixture& fixture) {
  if (!fixture.spec().traits.can_generate) skip_case("the class cannot generate");
  for (const auto& model :
       {fixture.model({{"is_decoder", true}}), fixture.eager_model({{"is_decoder", true}})}) {
    require_input(*model, "input_ids");
    const at::Tensor ids = fixture.inputs(*model).at("input_ids");
    if (ids.dim() != 2) skip_case("the class takes choices");
    const NamedTensors all = run(*model, ids_of(ids, 0, ids.size(1)));
    for (const int64_t step : {int64_t{1}, ids.size(1)}) {
      nn::DynamicCache cache;
      const NamedTensors got = in_steps(*model, ids, step, cache);
      NamedTensors wanted;
      for (const auto& [name, tensor] : got) wanted.set(name, all.at(name));
      require_close(wanted, got, "outputs in steps of " + std::to_string(step));
    }
  }
}

void failed_step(const ModelFixture& fixture) {
  if (!fixture.spec().traits.can_generate) skip_case("the class cannot generate");
  const auto model = fixture.model({{"is_decoder", true}});
  require_input(*model, "input_ids");
  const at::Tensor ids = fixture.inputs(*model).at("input_ids");
  if (ids.dim() != 2) skip_case("the class takes choices");
  nn::DynamicCache cache;
  run(*model, ids_of(ids, 0, kFirst), {.past_key_values = &cache});
  if (cache.length() == 0) skip_case("the class keeps nothing in a cache");
  bool failed = false;
  try {
    run(*model, {{"input_ids", ids.slice(1, kFirst, kFirst + 1).slice(0, 0, 1)}},
        {.past_key_values = &cache});
  } catch (const Error&) {
    failed = true;
  }
  require(failed, "a cache of " + std::to_string(ids.size(0)) + " texts goes on with one text");
  require(cache.length() == kFirst, "a forward that fails leaves tokens in the cache");
}

}  // namespace

std::vector<ModelCheck> cache_checks() {
  return {{"cached-steps", "a text in steps with a cache gives what it gives at once", cached_steps},
          {"cache-after-error", "a cache is as before after a forward that failed", failed_step}};
}

}  // namespace modelhost::testing

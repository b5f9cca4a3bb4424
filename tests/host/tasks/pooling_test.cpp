#include "tasks/pooling.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch_test_macros.hpp>

#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/files/json_file.h"
#include "support/paths.h"

namespace modelhost::host {
namespace {

at::Tensor tensor_of(const Json& nested) {
  std::vector<int64_t> shape;
  for (const Json* at = &nested; at->is_array(); at = &at->front()) {
    shape.push_back(static_cast<int64_t>(at->size()));
  }
  const Json flat = nested.flatten();  // {"/0/2": 0.5, ...}
  at::Tensor tensor = at::zeros(shape, at::kDouble);
  for (const auto& [path, value] : flat.items()) {
    at::Tensor place = tensor;
    for (const std::string& index : split_trimmed(path, '/')) place = place[std::stoll(index)];
    place.fill_(value.get<double>());
  }
  return tensor;
}

SentenceConfig config_of(const std::string& modes, bool normalize) {
  SentenceConfig config;
  config.pooling.clear();
  for (const std::string& mode : split_trimmed(modes, ','))
    config.pooling.push_back(pooling_from_name(mode).value());
  config.normalize = normalize;
  return config;
}

TEST_CASE("every pooling mode, and all of them side by side, agree with sentence-transformers") {
  const Json golden = read_json_file(test::source_path("tests/goldens/pooling.json"));
  const at::Tensor hidden = tensor_of(golden.at("hidden")).to(at::kFloat);
  const at::Tensor mask = tensor_of(golden.at("mask")).to(at::kLong);
  REQUIRE(golden.at("modes").size() == 7);
  for (const bool normalize : {false, true}) {
    for (const auto& [modes, expected] : golden.at(normalize ? "normalized" : "modes").items()) {
      CAPTURE(modes, normalize);
      const at::Tensor got = pool_sentences(hidden, mask, config_of(modes, normalize));
      CHECK(got.scalar_type() == at::kFloat);
      CHECK(at::allclose(got, tensor_of(expected).to(at::kFloat), 1e-6, 1e-6));
    }
  }
}

TEST_CASE("a text without any token gives finite numbers") {
  const at::Tensor hidden = at::full({1, 2, 3}, 4.0);
  const at::Tensor mask = at::zeros({1, 2}, at::kLong);
  for (const char* mode : {"mean", "mean_sqrt_len", "weightedmean", "lasttoken", "cls", "max"}) {
    CAPTURE(mode);
    CHECK(pool_sentences(hidden, mask, config_of(mode, true)).isfinite().all().item<bool>());
  }
}

TEST_CASE("half precision is pooled in float32") {
  const at::Tensor hidden = at::full({1, 3, 2}, 60000.0, at::kHalf);  // the sum is no half
  const at::Tensor mask = at::full({1, 3}, 1, at::kLong);
  const at::Tensor got = pool_sentences(hidden, mask, config_of("mean", false));
  CHECK(at::allclose(got, at::full({1, 2}, 60000.0F)));
}

}  // namespace
}  // namespace modelhost::host

#include "modelhost/load/load_sharded_checkpoint.h"

#include "modelhost/formats/error_codes.h"
#include "save/save_support.h"
#include "support/error_of.h"

#include <catch2/catch_test_macros.hpp>

namespace modelhost {
namespace {

using test::code_of;
using test::error_of;
using test::filled_model;
using test::same_weights;
using test::SampleForCausalLM;
using test::TempDir;

template <typename Model>
void save_sharded(const TempDir& dir, double first, int64_t vocab_size = 7) {
  SaveOptions options;
  options.max_shard_size = 50;
  save_pretrained(*filled_model<Model>(first, vocab_size), dir.path() / "m", options);
}

TEST_CASE("a sharded checkpoint is copied into a model, cast to its dtype") {
  const TempDir dir;
  save_sharded<test::SampleModel>(dir, 1);
  const auto model = filled_model(50), wanted = filled_model(1);
  const void* memory = state_dict(*model).front().tensor.const_data_ptr();
  CHECK(load_sharded_checkpoint(*model, dir / "m").missing_keys.empty());
  CHECK(same_weights(*model, *wanted));
  CHECK(state_dict(*model).front().tensor.const_data_ptr() == memory);
  model->to(at::kHalf);
  load_sharded_checkpoint(*model, dir / "m");
  CHECK(model->dtype() == at::kHalf);
}

TEST_CASE("a tied name that no shard holds is not missing") {
  const TempDir dir;
  save_sharded<SampleForCausalLM>(dir, 1);
  const auto model = filled_model<SampleForCausalLM>(50);
  const IncompatibleKeys keys = load_sharded_checkpoint(*model, dir / "m");
  CHECK(keys.missing_keys.empty());
  CHECK(same_weights(*model, *filled_model<SampleForCausalLM>(1)));
}

TEST_CASE("keys that one side lacks are an error, or told") {
  const TempDir dir;
  save_sharded<test::SampleModel>(dir, 1);
  const auto model = filled_model<SampleForCausalLM>(50), before = filled_model<SampleForCausalLM>(50);
  const Error error = error_of([&] { load_sharded_checkpoint(*model, dir / "m"); });
  CHECK(error.code() == codes::kLoadIncomplete.id);
  CHECK(error.message().find("missing lm_head.weight") != std::string::npos);
  CHECK(error.message().find("unexpected embed.weight") != std::string::npos);
  const IncompatibleKeys keys = load_sharded_checkpoint(*model, dir / "m", /*strict=*/false);
  CHECK(keys.missing_keys.size() == 7);
  CHECK(keys.unexpected_keys.size() == 6);
  CHECK(same_weights(*model, *before));
}

TEST_CASE("another shape is an error and nothing is copied") {
  const TempDir dir;
  save_sharded<test::SampleModel>(dir, 1, 9);
  const auto model = filled_model(50);
  CHECK(code_of([&] { load_sharded_checkpoint(*model, dir / "m"); }) == codes::kLoadMismatch.id);
  CHECK(same_weights(*model, *filled_model(50)));
}

TEST_CASE("without an index the folder is refused, and of two indexes the preferred one is read") {
  const TempDir dir;
  const auto model = filled_model(1);
  CHECK(code_of([&] { load_sharded_checkpoint(*model, dir.path()); }) == codes::kCheckpointMissing.id);
  save_sharded<test::SampleModel>(dir, 1);
  dir.write("m/pytorch_model.bin.index.json", "{}");
  CHECK_NOTHROW(load_sharded_checkpoint(*model, dir / "m"));
  CHECK(code_of([&] { load_sharded_checkpoint(*model, dir / "m", true, /*prefer_safe=*/false); }) ==
        codes::kCheckpointIndex.id);
}

}  // namespace
}  // namespace modelhost

#include "modelhost/formats/checkpoint_names.h"

#include <catch2/catch_test_macros.hpp>

namespace modelhost {
namespace {

using Kind = CheckpointPart::Kind;

TEST_CASE("the name of a weights file tells format, variant and part") {
  for (const WeightsFormat format : {WeightsFormat::kSafetensors, WeightsFormat::kBin}) {
    for (const char* variant : {"", "fp16", "a.b-c_d", "8bit"}) {
      const CheckpointNames names(variant, format);
      const auto single = checkpoint_part(names.single()), index = checkpoint_part(names.index()),
                 shard = checkpoint_part(names.shard(3, 12));
      REQUIRE((single && index && shard));
      for (const auto& parsed : {*single, *index, *shard}) {
        CHECK(parsed.format == format);
        CHECK(parsed.variant == variant);
      }
      CHECK(single->kind == Kind::kSingle);
      CHECK(index->kind == Kind::kIndex);
      CHECK(shard->kind == Kind::kShard);
      CHECK(shard->count == 12);
    }
  }
}

TEST_CASE("names that no save gives to weights are not taken for such") {
  for (const char* name :
       {"", "model", "config.json", "model.bin", "pytorch_model.safetensors", "model-1-of-2.safetensors",
        "model_x.safetensors", "my_model.safetensors", "adapter_model.safetensors", "model..safetensors.bak",
        "model.safetensors.index", "model.safetensors.indexfp16.json", "model.a b.safetensors",
        "model (1).safetensors", "model.safetensors.index..json", "tf_model.h5", "modelsafetensors"}) {
    CAPTURE(name);
    CHECK_FALSE(checkpoint_part(name));
  }
}

}  // namespace
}  // namespace modelhost

#include "modelhost/testing/golden_checkpoint.h"
#include "modelhost/model/surgery.h"

#include <ATen/ops/ones.h>

#include <catch2/catch_test_macros.hpp>

#include "altered_model.h"
#include "golden_folder.h"
#include "modelhost/base/error_codes.h"
#include "support/error_of.h"

namespace modelhost::testing {
namespace {

const ModelSpec kSpec = model_spec<CompleteModel>(kBackbone);

std::filesystem::path checkpoint_in(const GoldenFolder& folder) {
  return folder.path() / (std::string("complete-") + kBackbone);
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

TEST_CASE("golden checkpoints are found by the architecture at the end of their names") {
  const GoldenFolder folder({kSpec});
  const auto found = GoldenCheckpoint::all(folder.path(), kBackbone);
  REQUIRE(found.size() == 1);
  CHECK(found[0].folder() == checkpoint_in(folder));
  CHECK(found[0].inputs().at("plain").contains("input_ids"));
  CHECK(GoldenCheckpoint::all(folder.path(), "Model").empty());
  CHECK(GoldenCheckpoint::all(folder.path() / "nowhere", kBackbone).empty());
}

TEST_CASE("fused attention is compared with its own tensors, where there are some") {
  const GoldenFolder folder({kSpec});
  const std::string output = "last_hidden_state";
  const at::Tensor eager = GoldenCheckpoint(checkpoint_in(folder)).wanted("plain", "sdpa").at(output);
  GoldenFolder::write_case(checkpoint_in(folder) / "sdpa.safetensors", {{output, at::ones({2})}});
  const GoldenCheckpoint golden(checkpoint_in(folder));
  CHECK(golden.wanted("plain", "eager").at(output).equal(eager));
  CHECK(golden.wanted("plain", "sdpa").at(output).equal(at::ones({2})));
}

TEST_CASE("the steps of surgery.json come between loading and computing") {
  const GoldenFolder folder({kSpec});
  const auto file = checkpoint_in(folder) / "surgery.json";
  write_text(file, R"([{"prune": {"0": [1]}}, {"resize": 70, "pad_to_multiple_of": 8}])");
  const auto model = GoldenCheckpoint(checkpoint_in(folder)).model(kSpec, "eager");
  CHECK(model->config().pruned_heads == HeadsToPrune{{0, {1}}});
  CHECK(model->get_input_embeddings()->num_embeddings() == 72);

  for (const char* text : {R"([{"prune": {"first": [1]}}])", R"([{"prune": {"0": "all"}}])",
                           R"([{"resize": "more"}])", R"([5])"}) {
    CAPTURE(text);
    write_text(file, text);
    const Error error =
        test::error_of([&] { GoldenCheckpoint(checkpoint_in(folder)).model(kSpec, "eager"); });
    CHECK(error.code() == codes::kJsonType.id);
    CHECK(error.file() == file.string());
  }
}

TEST_CASE("a tensor that belongs to no case is named") {
  const GoldenFolder folder({kSpec});
  const at::Tensor tensor = at::ones({2});
  const auto* data = static_cast<const std::byte*>(tensor.const_data_ptr());
  write_safetensors(checkpoint_in(folder) / "inputs.safetensors",
                    {{{"ids", Dtype::kF32, {2}}, {data, tensor.nbytes()}}});
  const Error error = test::error_of([&] { GoldenCheckpoint golden(checkpoint_in(folder)); });
  CHECK(error.key() == "ids");
  CHECK(error.expected().find("<case>") != std::string::npos);
}

}  // namespace
}  // namespace modelhost::testing

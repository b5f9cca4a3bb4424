// prune-heads and inspect --heads on the real model.
#include <filesystem>

#include "modelhost/base/json.h"
#include "modelhost/files/json_file.h"
#include "modelhost/host/host.h"
#include "support/minilm.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::kProgram;
using test::kTexts;
using test::minilm_dir;
using test::TempDir;
using Arguments = std::vector<std::string>;

test::ProgramResult run_on_real(Arguments arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), kProgram);
  return test::run_program(arguments, input);
}

Json answer_of_real(const test::ProgramResult& result) {
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return parse_json(result.out, "stdout");
}

TEST_CASE("a third of the real model's heads is found, pruned and gone, and the model still runs") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const TempDir dir;
  const std::string model = minilm_dir(), out = dir / "out";
  const Json found = answer_of_real(run_on_real({"inspect", model, "--heads", "--input", kTexts, "--json"}));
  CHECK(found["architecture"] == "BertModel");
  CHECK(found["layers"].size() == 6);
  const std::string heads = found["least_important"].dump();
  const Json report = answer_of_real(run_on_real({"prune-heads", model, out, "--heads", heads, "--json"}));
  CHECK(report["before"]["heads"] == 72);
  CHECK(report["after"]["heads"] == 48);
  CHECK(report["pruned_heads"] == found["least_important"]);
  CHECK(read_json_file(fs::path(out) / "config.json")["pruned_heads"] == found["least_important"]);
  CHECK(fs::exists(fs::path(out) / "1_Pooling/config.json"));

  const auto embedded =
      run_on_real({"run", test::source_path("configs/embed.yaml").string(), "--model", out});
  CHECK(embedded.status == 0);
  CHECK(embedded.out.starts_with("cosine similarity of 8 texts, 384 dimensions\n"));
  host::Host host;
  auto pruned = host.load_embedder(out);
  const at::Tensor vectors = pruned.embed({"A man is eating food.", "A man eats.", "The stock market fell."});
  CHECK(vectors[0].dot(vectors[1]).item<float>() > vectors[0].dot(vectors[2]).item<float>() + 0.2F);
}

}  // namespace
}  // namespace modelhost

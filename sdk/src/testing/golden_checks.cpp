// The results of transformers, where an author ships them.
#include "case_groups.h"
#include "modelhost/testing/golden_checkpoint.h"

namespace modelhost::testing {
namespace {

// What a class gives beside, e.g. a cache, is not compared.
NamedTensors named_as(const NamedTensors& wanted, const NamedTensors& outputs) {
  NamedTensors got;
  for (const std::string& name : wanted.names()) {
    if (outputs.contains(name)) got.set(name, outputs.at(name));
  }
  return got;
}

void goldens_with(const ModelFixture& fixture, const std::string& attention) {
  const auto& root = fixture.subject().goldens;
  if (root.empty()) skip_case("no golden checkpoints are shipped");
  const auto checkpoints = GoldenCheckpoint::all(root, fixture.subject().architecture);
  if (checkpoints.empty())
    skip_case("no folder in " + root.string() + " ends with -" + fixture.subject().architecture);
  for (const GoldenCheckpoint& golden : checkpoints) {
    const auto model = golden.model(fixture.spec(), attention);
    for (const auto& [name, outputs] : golden.outputs()) {
      const NamedTensors wanted = golden.wanted(name, attention);
      require_close(wanted, named_as(wanted, golden.run(*model, name)),
                    golden.folder().filename().string() + ", case " + name);
    }
  }
}

void goldens(const ModelFixture& fixture) {
  goldens_with(fixture, "eager");
}

void goldens_with_fused_attention(const ModelFixture& fixture) {
  goldens_with(fixture, "sdpa");
}

}  // namespace

std::vector<ModelCheck> golden_checks() {
  return {
      {"golden-parity", "golden checkpoints give the results that stand beside them", goldens},
      {"golden-parity-fused", "so they do with attn_implementation \"sdpa\"", goldens_with_fused_attention}};
}

}  // namespace modelhost::testing

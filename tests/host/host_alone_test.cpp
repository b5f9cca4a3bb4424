#include "modelhost/host/host.h"  // and nothing else: it is to be enough

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost::host {
namespace {

TEST_CASE("host.h alone is enough for every call of Host") {
  Host host({.settings = HostSettings{.trial = {.enabled = false}}});
  const ScanChanges changes = host.rescan();
  CHECK(changes.added.empty());
  CHECK(host.registry().all().empty());
  for (const PluginEntry& entry : host.plugins().entries()) CHECK(entry.state == PluginState::kAvailable);
  CHECK_THROWS_AS(host.find_model("absent"), Error);
  CHECK_THROWS_AS(host.load_model("absent", {.architecture = "X", .load = {.dtype = at::kHalf}}), Error);
  CHECK_THROWS_AS(host.make_model({{"model_type", "absent"}}, {.base_model = true}), Error);
  CHECK_THROWS_AS(host.load_embedder("absent", {.pooling = Pooling::kMax, .normalize = false}), Error);
}

}  // namespace
}  // namespace modelhost::host

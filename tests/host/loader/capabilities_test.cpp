// Plugins that offer a capability meet hosts that know it, know another edition of it, or know nothing of it.
#include <catch2/catch_test_macros.hpp>

#include "capability_plugins/greeting.h"
#include "loader_support.h"
#include "modelhost/plugin/abi_check.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using greeting::Greeting;
using test::LoaderHost;

fs::path edition(const std::string& name) {
  return test::build_path("tests/capability_plugins") / name;
}

const ModelSpec& load(LoaderHost& host, const std::string& architecture) {
  host.manager.require_model_type("greeting");
  return *host.registry.find(architecture);
}

std::shared_ptr<PreTrainedModel> model_of(const ModelSpec& spec) {
  return spec.make_model(spec.make_config());
}

TEST_CASE("a host that knows a capability calls what the plugin offers") {
  LoaderHost host({edition("first")});
  host.registry.know(Greeting::id);
  const ModelSpec& spec = load(host, "GreetingForPeople");
  const Greeting* greeting = find_capability<Greeting>(spec.traits.capabilities);
  REQUIRE(greeting != nullptr);
  CHECK(greeting->greet(*model_of(spec)) == "good day from a greeting of version 1");
  CHECK(host.warnings().empty());
}

TEST_CASE("a class that declares no capability has none, beside one that does") {
  LoaderHost host({edition("first")});
  host.registry.know(Greeting::id);
  CHECK(load(host, "GreetingModel").traits.capabilities.empty());
}

TEST_CASE("a capability that the host does not know is absent, with a warning, and the plugin works") {
  LoaderHost host({edition("first")});
  const ModelSpec& spec = load(host, "GreetingForPeople");
  CHECK(spec.traits.capabilities.empty());
  CHECK_NOTHROW((*model_of(spec))({}));
  CHECK(host.warnings() ==
        std::vector<std::string>{"org.modelhost.tests.greeting offers the capability \"greeting\" in version 1, "
                                 "which is not known here: GreetingForPeople will do without it"});
}

TEST_CASE("a capability of a newer version is absent, and the warning has both") {
  LoaderHost host({edition("second")});
  host.registry.know(Greeting::id);
  const ModelSpec& spec = load(host, "GreetingForPeople");
  CHECK(spec.traits.capabilities.empty());
  CHECK_NOTHROW((*model_of(spec))({}));
  REQUIRE(host.warnings().size() == 1);
  CHECK(host.warnings()[0].find("in version 2, and version 1 is known here") != std::string::npos);
}

TEST_CASE("a capability whose header was edited without a new version is absent too") {
  LoaderHost host({edition("edited")});
  host.registry.know(Greeting::id);
  CHECK(load(host, "GreetingForPeople").traits.capabilities.empty());
  REQUIRE(host.warnings().size() == 1);
  CHECK(host.warnings()[0].find("another one when it was compiled") != std::string::npos);
}

TEST_CASE("what one edition offers is never read as another, whoever asks") {
  std::vector<Capability> offered = {{Greeting::id, std::make_shared<const Greeting>()}};
  CHECK(find_capability<Greeting>(offered) != nullptr);
  for (const CapabilityId other : {CapabilityId{"greetings", 1, Greeting::id.headers},
                                   CapabilityId{"greeting", 2, Greeting::id.headers},
                                   CapabilityId{"greeting", 1, 0}}) {
    offered[0].id = other;
    CHECK(find_capability<Greeting>(offered) == nullptr);
  }
}

TEST_CASE("the stamp is the same with and without a capability, in any edition") {
  const AbiStamp without = read_abi_stamp(test::kTiny / "libtiny.so");
  for (const char* name : {"first", "second", "edited"}) {
    const AbiStamp with = read_abi_stamp(edition(name) / "libgreeting.so");
    CHECK(with.header_hash == without.header_hash);
    CHECK(compare_abi(host_abi_stamp(), with).empty());
  }
}

}  // namespace
}  // namespace modelhost::host

// What host settings do to plugins, through the manager.
#include "loader/policy.h"

#include <catch2/catch_test_macros.hpp>

#include "loader/sha256.h"
#include "loader_support.h"
#include "manifest_text.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::code_of;
using test::error_of;
using test::kTiny;
using test::kTinyId;
using test::LoaderHost;
using test::ManifestText;
using test::TempDir;

HostSettings settings_from(const std::string& text) {
  const TempDir dir;
  return load_host_settings(dir.write("host.yaml", "settings: 1\n" + text));
}

// A second plugin that offers what the tiny one does. Its library is none.
fs::path write_rival(const TempDir& dir, const std::string& architectures = "TinyModel") {
  ManifestText{.id = "org.example.rival", .model_type = "tiny", .architectures = architectures}.write(
      dir, "rival");
  return dir.path();
}

TEST_CASE("a disabled plugin is refused with the settings as the reason, and is not opened") {
  LoaderHost host({kTiny}, settings_from("disable: [org.modelhost.tests.tiny]\n"));
  CHECK(host.refusal(0) == "P204");
  CHECK(host.manager.model_types().empty());
  const Error error = error_of([&] { host.manager.require_model_type("tiny"); });
  CHECK(error.code() == "P702");
  CHECK(error.message().find("P204") != std::string::npos);
  CHECK(code_of([&] { host.manager.load(kTinyId); }) == "P204");
  CHECK(host.registry.all().empty());
}

TEST_CASE("a disabled model type is served by nobody, also when its plugin is loaded for another one") {
  LoaderHost host({kTiny}, settings_from("disable: [tiny]\n"));
  CHECK(host.refusal(0) == "P204");
  CHECK(code_of([&] { host.manager.require_model_type("tiny"); }) == "P204");
  const TempDir dir;
  ManifestText two;
  const std::string second =
      "  - model_type: bar\n    config_class: BarConfig\n    base_model_prefix: bar\n"
      "    _supports_assign_param_buffer: true\n    architectures: [BarModel]\n";
  two.write(dir, "two");
  dir.write("two/foo.plugin.yaml", two.text() + second);
  LoaderHost both({dir.path()}, settings_from("disable: [foo]\n"));
  CHECK(both.state(0) == "available");
  CHECK(both.manager.model_types() == std::vector<std::string>{"bar"});
  CHECK(code_of([&] { both.manager.require_model_type("foo"); }) == "P204");
  std::vector<ModelSpec> specs(2);
  specs[0].traits.model_type = "foo";
  specs[1].traits.model_type = "bar";
  apply_policy(specs, "org.example.foo", {}, settings_from("disable: [foo]\n"));
  REQUIRE(specs.size() == 1);
  CHECK(specs[0].traits.model_type == "bar");
}

TEST_CASE("two owners of one architecture are an error until one is preferred") {
  const TempDir dir;
  const std::vector<fs::path> both = {kTiny, write_rival(dir)};
  LoaderHost undecided(both);
  const Error error = error_of([&] { undecided.manager.require_model_type("tiny"); });
  CHECK(error.code() == "P603");
  CHECK(error.fix().find("prefer: {TinyModel: ID}") != std::string::npos);
  for (const char* prefer : {"TinyModel", "tiny"}) {  // by architecture or by model type
    LoaderHost host(both, settings_from("prefer: {" + std::string(prefer) + ": org.modelhost.tests.tiny}\n"));
    CHECK_NOTHROW(host.manager.require_model_type("tiny"));
    CHECK(host.registry.find("TinyModel")->provider == kTinyId);
    CHECK(host.state(1) == "available");  // nothing is left that it could serve, so it was not even opened
  }
  LoaderHost disabled(both, settings_from("disable: [org.example.rival]\n"));
  CHECK_NOTHROW(disabled.manager.require_model_type("tiny"));
}

TEST_CASE("what the preferred plugin does not offer still comes from the other one") {
  const TempDir dir;
  const std::vector<fs::path> both = {kTiny, write_rival(dir, "TinyModel, TinyForNothing")};
  LoaderHost host(both, settings_from("prefer: {TinyModel: org.example.rival}\n"));
  CHECK_NOTHROW(host.manager.require_model_type("tiny"));
  CHECK(host.registry.find("TinyModel") == nullptr);  // its owner is broken, and is not silently replaced
  CHECK(host.registry.find("TinyForClassification")->provider == kTinyId);
  CHECK(host.refusal(1) == "P307");
}

TEST_CASE("preferring a plugin that is not there decides nothing") {
  const TempDir dir;
  LoaderHost host({kTiny, write_rival(dir)}, settings_from("prefer: {TinyModel: org.example.third}\n"));
  CHECK(code_of([&] { host.manager.require_model_type("tiny"); }) == "P603");
  LoaderHost alone({kTiny}, settings_from("prefer: {TinyModel: org.example.third}\n"));
  CHECK_NOTHROW(alone.manager.require_model_type("tiny"));
  CHECK(alone.registry.find("TinyModel"));
}

TEST_CASE("a pinned plugin is loaded only when its library has that digest") {
  const std::string digest = sha256_of_file(kTiny / "libtiny.so");
  LoaderHost good({kTiny}, settings_from("pin: {org.modelhost.tests.tiny: " + digest + "}\n"));
  good.manager.check_stamps();
  CHECK_NOTHROW(good.manager.require_model_type("tiny"));
  const std::string other = sha256_of("another library");
  for (const bool check_first : {false, true}) {
    LoaderHost bad({kTiny}, settings_from("pin: {org.modelhost.tests.tiny: " + other + "}\n"));
    if (check_first) bad.manager.check_stamps();
    const Error error = error_of([&] { bad.manager.load(kTinyId); });
    CHECK(error.code() == "P205");
    CHECK(error.got() == digest);
    CHECK(error.expected().starts_with(other));
    CHECK(error.notes().find("restart") == std::string::npos);  // none of its code ran
  }
}

TEST_CASE("settings turn a flag off for a plugin or a model type, and only that one") {
  for (const char* name : {"org.modelhost.tests.tiny", "tiny"}) {
    LoaderHost host({kTiny}, settings_from("narrow: {" + std::string(name) +
                                           ": {_supports_assign_param_buffer: false}}\n"));
    host.manager.require_model_type("tiny");
    CHECK_FALSE(host.registry.find("TinyModel")->traits.supports_assign_param_buffer);
    CHECK_FALSE(host.registry.find("TinyForClassification")->traits.supports_assign_param_buffer);
  }
  LoaderHost host({kTiny}, settings_from("narrow: {other: {_supports_assign_param_buffer: false}}\n"));
  host.manager.require_model_type("tiny");
  CHECK(host.registry.find("TinyModel")->traits.supports_assign_param_buffer);
}

TEST_CASE(
    "names in the settings that are nearly those of a plugin are told, others may be of plugins elsewhere") {
  LoaderHost host({kTiny},
                  settings_from("disable: [tinny, something-else]\npin: {org.modelhost.tests.tinny: " +
                                std::string(64, '0') + "}\nprefer: {TinyModel: org.modelhost.tests.tiny}\n"));
  REQUIRE(host.warnings().size() == 2);
  CHECK(host.warnings()[0].find("did you mean tiny?") != std::string::npos);
  CHECK(host.warnings()[1].find("did you mean org.modelhost.tests.tiny?") != std::string::npos);
}

}  // namespace
}  // namespace modelhost::host

#include "modelhost/host/loader/plugin_manager.h"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <thread>

#include <torch/types.h>

#include "loader_support.h"
#include "manifest_text.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::code_of;
using test::error_of;
using test::ManifestText;
using test::TempDir;

using test::copy_tiny;
using test::kTiny;
using Host = test::LoaderHost;

// The stamp of a library's last read access, to the nanosecond.
timespec access_time(const fs::path& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status.st_atim;
}

TEST_CASE("a plugin is loaded when its model type is first needed, and only then") {
  Host host({kTiny});
  CHECK(host.state(0) == "available");
  CHECK(host.registry.all().empty());
  CHECK(host.manager.model_types() == std::vector<std::string>{"tiny"});
  host.manager.require_model_type("tiny");
  CHECK(host.state(0) == "loaded");
  REQUIRE(host.registry.find("TinyModel"));
  CHECK(host.registry.find("TinyModel")->traits.config_class == "TinyConfig");
  CHECK_NOTHROW(host.manager.require_model_type("tiny"));
  CHECK(host.registry.all().size() == 2);
}

TEST_CASE("a loaded architecture makes a model that runs") {
  Host host({kTiny});
  const Json config = {
      {"model_type", "tiny"}, {"architectures", {"TinyForClassification"}}, {"hidden_size", 3}};
  const ModelSpec& spec = host.manager.require_spec(config, "config.json");
  CHECK(spec.traits.architecture == "TinyForClassification");
  auto model = spec.make_model(spec.config_from(config, "config.json"));
  model->init_weights();
  const NamedTensors outputs = (*model)({{"input_ids", torch::zeros({2, 5}, torch::kLong)}});
  CHECK(outputs.at("logits").sizes() == at::IntArrayRef({2, 2}));
}

TEST_CASE("the class for a checkpoint: the named one, the config's, else the base model") {
  Host host({kTiny});
  const Json config = {{"model_type", "tiny"}, {"architectures", {"TinyForClassification"}}};
  auto chosen = [&](const Json& json, std::optional<std::string> architecture) {
    return host.manager.require_spec(json, "config.json", architecture).traits.architecture;
  };
  CHECK(chosen(config, std::nullopt) == "TinyForClassification");
  CHECK(chosen(config, "TinyModel") == "TinyModel");
  CHECK(chosen({{"model_type", "tiny"}}, std::nullopt) == "TinyModel");
  CHECK(code_of([&] { chosen(config, "TinyForNothing"); }) == "P701");
  CHECK(code_of([&] { chosen({{"model_type", "other"}}, std::nullopt); }) == "P701");
  CHECK(code_of([&] { chosen(Json::object(), std::nullopt); }) == "C105");
  CHECK(code_of([&] { chosen({{"model_type", 5}}, std::nullopt); }) == "C105");
}

TEST_CASE("a model type of no plugin lists the known ones, the nearest, and where was searched") {
  Host host({kTiny});
  const Error error = error_of([&] { host.manager.require_model_type("tinny"); });
  CHECK(error.code() == "P701");
  CHECK(error.expected() == "one of tiny");
  CHECK(error.fix().starts_with("did you mean tiny?"));
  CHECK(error.notes().find(kTiny.string()) != std::string::npos);
  CHECK(error_of([] { Host({}).manager.require_model_type("x"); }).fix().find("--plugin-dir") !=
        std::string::npos);
}

TEST_CASE("fifty manifests are scanned without reading a single library") {
  const TempDir dir;
  const timespec old{1'000'000'000, 0};
  std::vector<fs::path> libraries;
  for (int i = 0; i < 50; ++i) {
    const std::string number = std::to_string(i);
    ManifestText manifest{.id = "org.example.foo" + number,
                          .model_type = "foo" + number,
                          .architectures = "Foo" + number + "Model"};
    libraries.push_back(manifest.write(dir, "foo" + number).parent_path() / "libfoo.so");
    // Without access to the bytes even an attempt to read would fail, unless root runs the test: hence the
    // time too.
    const timespec times[2] = {old, old};
    REQUIRE(::utimensat(AT_FDCWD, libraries.back().c_str(), times, 0) == 0);
    fs::permissions(libraries.back(), fs::perms::none);
  }
  Host host({dir.path()});
  CHECK(host.manager.entries().size() == 50);
  for (std::size_t i = 0; i < 50; ++i) CHECK(host.state(i) == "available");
  for (const fs::path& library : libraries) CHECK(access_time(library).tv_sec == old.tv_sec);
  CHECK(host.manager.model_types().size() == 50);
}

TEST_CASE("of two plugins with one id the later directory's is shadowed") {
  const TempDir dir;
  copy_tiny(dir / "first/tiny");
  copy_tiny(dir / "second/tiny");
  Host host({dir / "first", dir / "second"});
  REQUIRE(host.manager.entries().size() == 2);
  CHECK(host.state(0) == "available");
  CHECK(host.state(1) == "shadowed");
  CHECK(host.manager.entries()[1].shadowed_by == dir / "first/tiny/tiny.plugin.yaml");
  host.manager.require_model_type("tiny");
  CHECK(host.state(0) == "loaded");
  CHECK(host.state(1) == "shadowed");
}

TEST_CASE("a broken plugin is reported, not replaced by a shadowed copy") {
  const TempDir dir;
  ManifestText{.id = "org.modelhost.tests.tiny", .model_type = "tiny"}.write(dir, "first");
  copy_tiny(dir / "second");
  Host host({dir / "first", dir / "second"});
  CHECK(code_of([&] { host.manager.require_model_type("tiny"); }) == "P702");
  CHECK(host.state(0) == "refused");
  CHECK(host.state(1) == "shadowed");
}

TEST_CASE("the same id thrice in one directory refuses all three") {
  const TempDir dir;
  for (const char* folder : {"a", "b", "c"}) ManifestText().write(dir, folder);
  Host host({dir.path()});
  for (std::size_t i = 0; i < 3; ++i) CHECK(host.manager.entries().at(i).refusal.value().code() == "P202");
}

TEST_CASE("an architecture that the program registered itself is not taken over") {
  Host host({kTiny});
  ModelSpec own;
  own.traits.architecture = "TinyModel";
  own.traits.model_type = "mine";
  own.provider = "program";
  host.registry.add({own});
  CHECK(code_of([&] { host.manager.require_model_type("tiny"); }) == "P603");
  CHECK(host.registry.all().size() == 1);  // all or none: not TinyForClassification either
  CHECK_NOTHROW(host.manager.require_model_type("mine"));
}

TEST_CASE("plugins that were added are found by another scan, and loaded ones stay") {
  const TempDir dir;
  fs::create_directories(dir / "plugins");
  Host host({dir / "plugins"});
  CHECK(code_of([&] { host.manager.require_model_type("tiny"); }) == "P701");
  copy_tiny(dir / "plugins/tiny");
  host.manager.scan();
  CHECK_NOTHROW(host.manager.require_model_type("tiny"));
  fs::remove_all(dir / "plugins/tiny");
  host.manager.scan();
  CHECK(host.state(0) == "loaded");
  CHECK_NOTHROW(host.manager.require_model_type("tiny"));
}

TEST_CASE("a plugin that was refused by its bytes gets another chance, one whose code ran does not") {
  const TempDir dir;
  ManifestText{.id = "org.modelhost.tests.tiny", .library = "libtiny.so", .model_type = "tiny"}.write(dir,
                                                                                                      "tiny");
  Host host({dir.path()});
  CHECK(code_of([&] { host.manager.require_model_type("tiny"); }) == "P702");
  fs::remove(dir / "tiny/foo.plugin.yaml");
  copy_tiny(dir / "tiny", "1.0.0", "1.0.1");
  host.manager.scan();
  CHECK(error_of([&] { host.manager.load("org.modelhost.tests.tiny"); }).code() == "P503");
  copy_tiny(dir / "tiny");
  host.manager.scan();
  const Error error = error_of([&] { host.manager.load("org.modelhost.tests.tiny"); });
  CHECK(error.code() == "P503");
  CHECK(error.notes().find("restart") != std::string::npos);
}

TEST_CASE("an unknown plugin id names the nearest one") {
  Host host({kTiny});
  const Error error = error_of([&] { host.manager.load("org.modelhost.tests.tinny"); });
  CHECK(error.code() == "P701");
  CHECK(error.fix() == "did you mean org.modelhost.tests.tiny?");
}

TEST_CASE("a world-writable plugin folder or file is refused where no flag names it") {
  const TempDir dir;
  copy_tiny(dir / "a/tiny");
  for (const char* open : {"a/tiny", "a/tiny/tiny.plugin.yaml", "a/tiny/libtiny.so"}) {
    INFO(open);
    const fs::perms before = fs::status(dir / open).permissions();
    fs::permissions(dir / open, fs::perms::others_write, fs::perm_options::add);
    ModelRegistry registry;
    PluginManager manager({{dir / "a", PluginOrigin::kEnvironment}}, registry);
    manager.scan();
    CHECK(manager.entries().at(0).refusal.value().code() == "P203");
    CHECK(Host({dir / "a"}).state(0) == "available");
    fs::permissions(dir / open, before);
  }
}

TEST_CASE("a plugin below a directory that everybody may change is refused, unless it is sticky") {
  const TempDir dir;
  copy_tiny(dir / "open/plugins/tiny");
  auto refusal = [&] {
    ModelRegistry registry;
    PluginManager manager({{dir / "open/plugins", PluginOrigin::kEnvironment}}, registry);
    manager.scan();
    return manager.directories().at(0).problem;
  };
  CHECK_FALSE(refusal());
  fs::permissions(dir / "open", fs::perms::others_write, fs::perm_options::add);
  const auto problem = refusal();
  REQUIRE(problem);
  CHECK(problem->code() == "P203");
  CHECK(problem->file() == fs::canonical(dir / "open").string());
  fs::permissions(dir / "open", fs::perms::sticky_bit, fs::perm_options::add);
  CHECK_FALSE(refusal());
}

TEST_CASE("a plugin in a place that everybody can write to does not push a safe one aside") {
  const TempDir dir;
  copy_tiny(dir / "a/tiny");
  copy_tiny(dir / "b/tiny");
  fs::permissions(dir / "a/tiny", fs::perms::others_write, fs::perm_options::add);
  ModelRegistry registry;
  PluginManager manager({{dir / "a", PluginOrigin::kEnvironment}, {dir / "b", PluginOrigin::kEnvironment}},
                        registry);
  manager.scan();
  CHECK(state_name(manager.entries().at(0).state) == "refused");
  CHECK(state_name(manager.entries().at(1).state) == "available");
  fs::permissions(dir / "a/tiny", fs::perms::others_write, fs::perm_options::remove);
}

TEST_CASE("the tiny plugin lies outside the default search") {
  ModelRegistry registry;
  PluginManager manager(default_search_path(), registry);
  manager.scan();
  for (const PluginEntry& entry : manager.entries()) CHECK(entry.manifest.id != "org.modelhost.tests.tiny");
}

TEST_CASE("many threads that need one plugin load it once") {
  Host host({kTiny});
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 20; ++j) {
        host.manager.require_model_type("tiny");
        host.manager.entries();
        if (j % 5 == 0) host.manager.scan();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(host.registry.all().size() == 2);
}

}  // namespace
}  // namespace modelhost::host

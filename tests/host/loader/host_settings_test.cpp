#include "modelhost/host/loader/host_settings.h"

#include <catch2/catch_test_macros.hpp>

#include <stdlib.h>

#include "support/environment.h"
#include "support/error_of.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::code_of;
using test::error_of;
using test::ScopedEnvironment;
using test::TempDir;

const std::string kDigest(64, 'a');

TEST_CASE("settings without anything but their version change nothing") {
  const TempDir dir;
  const HostSettings settings = load_host_settings(dir.write("host.yaml", "settings: 1\n"));
  CHECK(settings.file == dir / "host.yaml");
  CHECK(settings.plugin_dirs.empty());
  CHECK(settings.disable.empty());
  CHECK(settings.prefer.empty());
  CHECK(settings.pin.empty());
  CHECK(settings.narrow.empty());
  CHECK(settings.trial.enabled);
  CHECK(settings.trial.seconds == 10);
}

TEST_CASE("every key of host settings is read") {
  const TempDir dir;
  const HostSettings settings = load_host_settings(dir.write("sub/host.yaml", R"(
settings: 1
plugin_dirs: [plugins, ../more, )" + (dir / "absolute").string() + R"(]
disable: [org.example.foo, old-model]
prefer: {FooModel: org.example.foo, bar: com.example.bar}
pin: {org.example.foo: )" + std::string(64, 'A') + R"(, org.example.digits: )" + std::string(64, '1') +
                                                                                  R"(}
narrow: {org.example.foo: {_supports_assign_param_buffer: false}, bar: {}}
trial: {enabled: false, seconds: 3}
)"));
  CHECK(settings.plugin_dirs == std::vector<fs::path>{dir / "sub/plugins", dir / "more", dir / "absolute"});
  CHECK(settings.disable == decltype(settings.disable){"org.example.foo", "old-model"});
  CHECK(settings.prefer ==
        decltype(settings.prefer){{"FooModel", "org.example.foo"}, {"bar", "com.example.bar"}});
  CHECK(settings.pin.at("org.example.foo") == kDigest);
  CHECK(settings.pin.at("org.example.digits") == std::string(64, '1'));
  CHECK(settings.narrow.at("org.example.foo").contains("_supports_assign_param_buffer"));
  CHECK(settings.narrow.at("bar").empty());
  CHECK_FALSE(settings.trial.enabled);
  CHECK(settings.trial.seconds == 3);
}

TEST_CASE("unusable settings are refused with the right code") {
  const TempDir dir;
  auto code = [&](const std::string& text) {
    return code_of([&] { load_host_settings(dir.write("host.yaml", "settings: 1\n" + text)); });
  };
  CHECK(code("disable: {}\n") == "R104");
  CHECK(code("disable: [5]\n") == "R104");
  CHECK(code("disable: ['a b']\n") == "R104");
  CHECK(code("plugin_dirs: ['']\n") == "R104");
  CHECK(code("prefer: [a]\n") == "R104");
  CHECK(code("prefer: {FooModel: notanid}\n") == "R104");
  CHECK(code("prefer: {'a b': org.example.foo}\n") == "R104");
  CHECK(code("pin: {org.example.foo: abc}\n") == "R104");
  CHECK(code("pin: {org.example.foo: " + std::string(64, 'g') + "}\n") == "R104");
  CHECK(code("pin: {notanid: " + kDigest + "}\n") == "R104");
  CHECK(code("narrow: {foo: {can_fly: false}}\n") == "R103");
  CHECK(code("narrow: {foo: {_supports_assign_param_buffer: no}}\n") == "R104");
  CHECK(code("trial: {seconds: 0}\n") == "R104");
  CHECK(code("trial: {second: 5}\n") == "R103");
  CHECK(code("prefers: {}\n") == "R103");
  CHECK(code("settings: 1\n") == "R101");
  CHECK(code_of([&] { load_host_settings(dir.write("host.yaml", "disable: []\n")); }) == "R102");
  CHECK(code_of([&] { load_host_settings(dir.write("host.yaml", "settings: 2\n")); }) == "R104");
  CHECK(code_of([&] { load_host_settings(dir / "none.yaml"); }) == "IO101");
}

TEST_CASE("a flag that settings would turn on names the place and says why not") {
  const TempDir dir;
  const auto file =
      dir.write("host.yaml", "settings: 1\nnarrow:\n  foo:\n    _supports_assign_param_buffer: true\n");
  const Error error = error_of([&] { load_host_settings(file); });
  CHECK(error.code() == "R104");
  CHECK(error.file() == file.string());
  CHECK(error.line() == 4);
  CHECK(error.key() == "narrow.foo._supports_assign_param_buffer");
  CHECK(error.expected() == "false");
  CHECK(error.got() == "true");
  CHECK(error.fix().find("only turn a flag off") != std::string::npos);
}

TEST_CASE("the flag comes before the environment, and the environment before the user's file") {
  const TempDir dir;
  const auto flag = dir.write("flag.yaml", "settings: 1\ndisable: [flag]\n");
  const auto named = dir.write("named.yaml", "settings: 1\ndisable: [named]\n");
  const ScopedEnvironment config("XDG_CONFIG_HOME", (dir / "config").string());
  ScopedEnvironment variable("MODELHOST_SETTINGS", "");
  CHECK(find_host_settings().file.empty());  // nobody needs a file
  dir.write("config/modelhost/host.yaml", "settings: 1\ndisable: [user]\n");
  CHECK(find_host_settings().disable.contains("user"));
  variable.set(named.string());
  CHECK(find_host_settings().disable.contains("named"));
  CHECK(find_host_settings(flag).disable.contains("flag"));
  variable.set((dir / "none.yaml").string());
  CHECK(code_of([] { find_host_settings(); }) == "IO101");  // somebody named it
}

TEST_CASE("without XDG_CONFIG_HOME the user's settings are below ~/.config") {
  const TempDir dir;
  dir.write(".config/modelhost/host.yaml", "settings: 1\ndisable: [user]\n");
  const ScopedEnvironment variable("MODELHOST_SETTINGS", "");
  const ScopedEnvironment config("XDG_CONFIG_HOME", "relative/is/ignored");
  ScopedEnvironment home("HOME", dir.path().string());
  CHECK(find_host_settings().disable.contains("user"));
  home.set("");
  CHECK(find_host_settings().file.empty());
}

TEST_CASE("settings that everybody can write to are refused unless a flag names them") {
  const TempDir dir;
  const auto file = dir.write("host.yaml", "settings: 1\n");
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  const ScopedEnvironment variable("MODELHOST_SETTINGS", file.string());
  CHECK(code_of([] { find_host_settings(); }) == "P203");
  CHECK_NOTHROW(find_host_settings(file));
}

TEST_CASE("the documented example changes nothing") {
  const HostSettings settings = load_host_settings(test::source_path("configs/host.yaml"));
  CHECK(settings.plugin_dirs.empty());
  CHECK(settings.disable.empty());
  CHECK(settings.prefer.empty());
  CHECK(settings.trial.enabled == TrialSettings().enabled);
  CHECK(settings.trial.seconds == TrialSettings().seconds);
}

}  // namespace
}  // namespace modelhost::host

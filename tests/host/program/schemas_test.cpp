// The JSON schemas are for editors; the readers decide. Both must know the same keys and choices.
#include <algorithm>
#include <filesystem>
#include <span>

#include "loader/host_settings_keys.h"
#include "loader/manifest_keys.h"
#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/files/json_file.h"
#include "program/run/run_config.h"
#include "program/run/run_config_keys.h"
#include "support/error_of.h"
#include "support/paths.h"
#include "support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost::host {
namespace {

using Names = std::vector<std::string>;

Json schema(const std::string& name) {
  return read_json_file(test::source_path("configs/schemas") / (name + ".schema.json"));
}

Names sorted(std::span<const std::string_view> names) {
  Names all(names.begin(), names.end());
  std::ranges::sort(all);
  return all;
}

// The keys that an object schema allows, which must be all it allows.
Names keys(const Json& object) {
  CHECK(object.at("additionalProperties") == false);
  Names names;
  for (const auto& [key, value] : object.at("properties").items()) names.push_back(key);
  return names;  // nlohmann keeps them sorted
}

Names choices(const Json& value) {
  Names names;
  for (const Json& choice : value.at("enum")) {
    if (choice.is_string()) names.push_back(choice);
  }
  std::ranges::sort(names);
  return names;
}

// What the reader says when a config of the task "embed" has another value.
std::string said_of(const std::string& assignment) {
  const test::TempDir dir;
  const auto file = dir.write("run.yaml", "run: 1\nmodel: a\ntask: embed\n");
  return test::error_of([&] { load_run_config(file, {assignment}); }).expected();
}

// "one of a, b" -> {a, b}
Names listed(std::string text) {
  const std::string start = "one of ";
  REQUIRE(text.starts_with(start));
  Names names = split_trimmed(text.substr(start.size()), ',');
  std::ranges::sort(names);
  return names;
}

Names choices_of_reader(const std::string& key) {
  return listed(said_of(key + "=nonsense"));
}

Names option_keys() {
  return listed(said_of("options.nonsense=1"));
}

TEST_CASE("the schema of run configs knows the keys and choices of the reader") {
  const Json run = schema("run");
  const Json& properties = run.at("properties");
  CHECK(keys(run) == sorted(kRunKeys));
  CHECK(keys(properties.at("options")) == option_keys());
  CHECK(keys(properties.at("input")) == sorted(kRunInputKeys));
  CHECK(keys(properties.at("output")) == sorted(kRunOutputKeys));
  CHECK(properties.at("run").at("const") == kRunSchemaVersion);
  const Json& options = properties.at("options").at("properties");
  CHECK(choices(options.at("dtype")) == sorted(kDtypes));
  CHECK(choices(options.at("attention")) == sorted(kAttentions));
  CHECK(choices(options.at("device")) == sorted(kDevices));
  CHECK(choices(options.at("read_mode")) == sorted(kReadModes));
  CHECK(choices(options.at("pooling")) == choices_of_reader("options.pooling"));
  Names formats = output_formats();
  std::ranges::sort(formats);
  CHECK(choices(properties.at("output").at("properties").at("format")) == formats);
}

TEST_CASE("the schema of host settings knows the keys of the reader") {
  const Json settings = schema("settings");
  const Json& properties = settings.at("properties");
  CHECK(keys(settings) == sorted(kHostSettingsKeys));
  CHECK(keys(properties.at("trial")) == sorted(kTrialKeys));
  CHECK(keys(properties.at("narrow").at("additionalProperties")) == sorted(kNarrowFlags));
  CHECK(properties.at("settings").at("const") == kHostSettingsSchemaVersion);
  CHECK(properties.at("trial").at("properties").at("seconds").at("maximum") == kMostTrialSeconds);
}

TEST_CASE("the schema of manifests knows the keys of the reader") {
  const Json manifest = schema("manifest");
  const Json& properties = manifest.at("properties");
  CHECK(keys(manifest) == sorted(kManifestKeys));
  CHECK(keys(properties.at("plugin")) == sorted(kManifestPluginKeys));
  CHECK(keys(properties.at("models").at("items")) == sorted(kManifestModelKeys));
  CHECK(properties.at("manifest").at("const") == kManifestSchemaVersion);
}

}  // namespace
}  // namespace modelhost::host

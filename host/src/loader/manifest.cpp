#include "modelhost/host/loader/manifest.h"

#include <algorithm>

#include "loader/manifest_keys.h"
#include "loader/version_range.h"
#include "modelhost/base/text.h"
#include "modelhost/files/path_inside.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/host/loader/name_forms.h"
#include "modelhost/host/yaml/yaml_reader.h"
#include "modelhost/version.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

std::string text_of_form(const YamlValue& value, bool (*has_form)(std::string_view),
                         const std::string& expected) {
  const YamlNode& node = value.node();
  if (node.kind != YamlNode::Kind::kScalar || !has_form(node.text)) throw value.wrong(expected);
  return node.text;
}

std::string optional_text(const YamlMap& map, std::string_view key) {
  const auto value = map.find(key);
  return value ? value->text() : std::string();
}

void read_plugin(const YamlMap& map, Manifest& manifest) {
  manifest.id = text_of_form(map.require("id"), is_plugin_id, "a reverse DNS name such as org.example.foo");
  manifest.version =
      text_of_form(map.require("version"), is_semantic_version, "a semantic version such as 1.0.0");
  const YamlValue library = map.require("library");
  manifest.library = library.text();
  manifest.library_line = library.node().line;
  const YamlValue sdk = map.require("sdk");
  manifest.sdk = sdk.text();
  manifest.sdk_line = sdk.node().line;
  if (!VersionRange::parse(manifest.sdk)) throw sdk.wrong("a range of versions such as \">=0.1 <0.2\"");
  manifest.description = optional_text(map, "description");
  manifest.license = optional_text(map, "license");
  manifest.homepage = optional_text(map, "homepage");
}

ManifestModel read_model(const YamlMap& map) {
  ManifestModel model;
  model.model_type = text_of_form(map.require("model_type"), is_model_type, "a model type such as foo");
  model.config_class =
      text_of_form(map.require("config_class"), is_class_name, "a class name such as FooConfig");
  const YamlValue prefix = map.require("base_model_prefix");
  if (!prefix.text().empty()) text_of_form(prefix, is_class_name, "an attribute name such as foo, or \"\"");
  model.base_model_prefix = prefix.text();
  model.supports_assign_param_buffer = map.require("_supports_assign_param_buffer").boolean();
  const YamlValue architectures = map.require("architectures");
  for (const YamlValue& item : architectures.list()) {
    model.architectures.push_back(text_of_form(item, is_class_name, "a class name such as FooModel"));
  }
  if (model.architectures.empty()) throw architectures.wrong("at least one class name");
  return model;
}

// Every model type and every architecture stands once.
void check_unique(const Manifest& manifest, const YamlValue& models) {
  std::vector<std::string> types, architectures;
  for (const ManifestModel& model : manifest.models) {
    types.push_back(model.model_type);
    architectures.insert(architectures.end(), model.architectures.begin(), model.architectures.end());
  }
  for (auto* names : {&types, &architectures}) {
    std::ranges::sort(*names);
    const auto twice = std::ranges::adjacent_find(*names);
    if (twice != names->end()) throw models.unusable("a name stands there twice").got(*twice);
  }
}

Error library_error(const Manifest& manifest, ErrorCode code, const std::string& got) {
  return Error(code, std::string(code.title))
      .file(manifest.file.string())
      .line(manifest.library_line)
      .key("plugin.library")
      .expected("a library inside " + manifest.file.parent_path().string())
      .got(got);
}

}  // namespace

Manifest read_manifest(const fs::path& file) {
  std::error_code problem;
  const fs::path canonical = fs::canonical(file, problem);
  Manifest manifest;
  manifest.file = problem ? fs::absolute(file) : canonical;
  const YamlNode root = parse_yaml_file(manifest.file, kManifestYaml);
  const YamlMap map = YamlValue(root, "", kManifestYaml).map(kManifestKeys);
  map.require("manifest").integer(kManifestSchemaVersion, kManifestSchemaVersion);
  read_plugin(map.require("plugin").map(kManifestPluginKeys), manifest);
  const YamlValue models = map.require("models");
  for (const YamlValue& model : models.list())
    manifest.models.push_back(read_model(model.map(kManifestModelKeys)));
  if (manifest.models.empty()) throw models.wrong("at least one model");
  check_unique(manifest, models);
  return manifest;
}

void check_sdk_range(const Manifest& manifest) {
  const auto range = VersionRange::parse(manifest.sdk);
  if (range && range->contains(MODELHOST_VERSION)) return;
  throw Error(codes::kManifestSdkRange, std::string(codes::kManifestSdkRange.title))
      .file(manifest.file.string())
      .line(manifest.sdk_line)
      .key("plugin.sdk")
      .expected("a range that includes " MODELHOST_VERSION)
      .got(manifest.sdk)
      .fix("install a release of the plugin for this SDK, or rebuild it and widen the range");
}

fs::path resolve_library(const Manifest& manifest) {
  const fs::path directory = manifest.file.parent_path();
  const fs::path written = manifest.library;
  if (written.is_absolute())
    throw library_error(manifest, codes::kManifestLibraryOutside, "an absolute path");
  std::error_code problem;
  const fs::path library = fs::weakly_canonical(directory / written, problem);
  if (!problem && !is_inside(library, directory)) {
    throw library_error(manifest, codes::kManifestLibraryOutside, printable(library.string()))
        .fix("lay the library beside its manifest");
  }
  const fs::file_status status = problem ? fs::file_status() : fs::status(library, problem);
  if (problem || !fs::exists(status)) {
    throw library_error(manifest, codes::kManifestLibraryMissing,
                        printable(manifest.library) + ", which does not exist")
        .fix("build the plugin, or correct `library`");
  }
  if (!fs::is_regular_file(status)) {
    throw library_error(manifest, codes::kManifestLibraryMissing,
                        printable(manifest.library) + ", which is no file");
  }
  return library;
}

}  // namespace modelhost::host

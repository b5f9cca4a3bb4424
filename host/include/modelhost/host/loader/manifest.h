// `*.plugin.yaml`: what a plugin offers, readable without loading it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace modelhost::host {

/// One entry of `models:`. The names are those of transformers; all of it is compared with what the library
/// registers.
struct ManifestModel {
  std::string model_type;         ///< config.json's `model_type`
  std::string config_class;       ///< e.g. "BertConfig"
  std::string base_model_prefix;  ///< may be empty
  bool supports_assign_param_buffer = true;  ///< `_supports_assign_param_buffer`
  std::vector<std::string> architectures;    ///< class names, at least one
};

struct Manifest {
  std::filesystem::path file;  ///< absolute, symbolic links resolved
  std::string id;              ///< reverse DNS, e.g. "org.example.bert"
  std::string version;         ///< semantic version
  std::string library;         ///< as written: relative to the manifest
  std::string sdk;             ///< e.g. ">=0.1 <0.2"
  std::string description;     ///< may be empty, as the two below
  std::string license;
  std::string homepage;
  std::vector<ManifestModel> models;
  int library_line = 0, sdk_line = 0;  ///< for messages
};

/// Reads a manifest (configs/schemas/manifest.schema.json describes the format) and checks its form only.
/// Errors: kManifestSyntax, kManifestMissingKey, kManifestUnknownKey, kManifestValue, each with line and column;
/// kFileUnreadable, kNotRegularFile.
Manifest read_manifest(const std::filesystem::path& file);

/// Errors: kManifestSdkRange when `sdk` excludes this SDK's version. A first, readable answer: the stamp decides.
void check_sdk_range(const Manifest& manifest);

/// The absolute path of the library, symbolic links resolved.
/// Errors: kManifestLibraryOutside when it is not inside the manifest's directory, kManifestLibraryMissing.
std::filesystem::path resolve_library(const Manifest& manifest);

}  // namespace modelhost::host

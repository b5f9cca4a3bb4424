#include "plugin_cases.h"

#include <unistd.h>

#include <ctime>

#include "modelhost/base/error_codes.h"
#include "modelhost/files/json_file.h"
#include "modelhost/host/loader/admit_plugin.h"
#include "modelhost/host/loader/manifest.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using testing::ConformanceCase;

constexpr const char* kSizesFile = "conformance.json";

// Values of configs, by model type: for classes whose small config the kit does not find by itself.
Json read_sizes(const fs::path& folder) {
  const fs::path file = folder / kSizesFile;
  std::error_code status;
  if (!fs::exists(file, status)) return Json::object();
  Json sizes = read_json_file(file);
  const auto wrong = [&](const std::string& key, const Json& got) {
    return Error(codes::kJsonType, "a JSON value has the wrong type")
        .file(file.string())
        .key(key)
        .expected("an object: model types, and for each the config values to check it with")
        .got(describe_json(got));
  };
  if (!sizes.is_object()) throw wrong("", sizes);
  for (const auto& [type, values] : sizes.items()) {
    if (!values.is_object()) throw wrong(type, values);
  }
  return sizes;
}

void check_manifest(const fs::path& file) {
  check_sdk_range(read_manifest(file));
}

// What was written to stdout so far; it is a file in the process of a case, and -1 is no file.
off_t printed() {
  return ::lseek(STDOUT_FILENO, 0, SEEK_END);
}

void check_opens_quietly(const Manifest& manifest, const fs::path& library) {
  constexpr double kSlow = 0.1;
  const off_t before = printed();
  const std::clock_t start = std::clock();
  admit_plugin(manifest, library);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  if (printed() != before) testing::warn_case("opening and registering print something");
  if (seconds > kSlow) testing::warn_case("opening and registering take " + std::to_string(seconds) + " s");
}

void add_library_cases(const Manifest& manifest, const fs::path& library,
                       std::vector<ConformanceCase>& cases) {
  for (auto& one : testing::library_cases(library)) cases.push_back(std::move(one));
  cases.push_back({"registers-as-manifest-says", "library",
                   "the library opens and registers what the manifest says",
                   [manifest, library] { admit_plugin(manifest, library); }});
  cases.push_back({"opens-quietly", "library", "opening the library prints nothing and takes no time",
                   [manifest, library] { check_opens_quietly(manifest, library); }});
}

// One failure tells that a plugin is refused; its models need not repeat it.
std::vector<ModelSpec> admit_or_skip(const Manifest& manifest, const fs::path& library) {
  try {
    return admit_plugin(manifest, library);
  } catch (const Error& error) {
    testing::skip_case("the plugin is refused: " + std::string(error.code()) + " " + error.message());
  }
}

void add_model_cases(const Manifest& manifest, const fs::path& library, const fs::path& goldens,
                     std::vector<ConformanceCase>& cases) {
  const Json sizes = read_sizes(manifest.file.parent_path());
  for (const ManifestModel& model : manifest.models) {
    for (const std::string& architecture : model.architectures) {
      testing::ModelSubject subject;
      subject.architecture = architecture;
      subject.specs = [manifest, library] { return admit_or_skip(manifest, library); };
      subject.config = sizes.value(model.model_type, Json::object());
      subject.goldens = goldens;
      for (auto& one : testing::model_cases(subject)) cases.push_back(std::move(one));
    }
  }
}

}  // namespace

std::vector<ConformanceCase> plugin_cases(const fs::path& file, const fs::path& goldens) {
  std::vector<ConformanceCase> cases;
  cases.push_back({"manifest-valid", "manifest", "the manifest is well formed and includes this SDK",
                   [file] { check_manifest(file); }});
  Manifest manifest;
  fs::path library;
  try {
    manifest = read_manifest(file);
    cases.push_back({"library-in-folder", "manifest", "the library lies in the manifest's folder",
                     [manifest] { resolve_library(manifest); }});
    library = resolve_library(manifest);
  } catch (const Error&) {
    return cases;  // the last one says it again
  }
  add_library_cases(manifest, library, cases);
  add_model_cases(manifest, library, goldens.empty() ? manifest.file.parent_path() / "goldens" : goldens,
                  cases);
  return cases;
}

}  // namespace modelhost::host

// A host with two hundred manifests of which twenty are broken, each in its own way.
#include <catch2/catch_test_macros.hpp>

#include <map>

#include "loader_support.h"
#include "manifest_text.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::LoaderHost;
using test::ManifestText;
using test::TempDir;

constexpr int kGood = 180;
constexpr int kServed = 3;  // of the good ones: a library of its own is a megabyte

// Folder in bad_plugins -> code.
const std::map<std::string, std::string> kBroken = {
    {"not_yaml", "P101"},          {"missing_key", "P102"},       {"unknown_key", "P103"},
    {"bad_value", "P104"},         {"outside_directory", "P105"}, {"absolute_library", "P105"},
    {"outside_link", "P105"},      {"wrong_sdk_range", "P106"},   {"library_missing", "P107"},
    {"library_is_folder", "P107"}, {"no_stamp", "P301"},          {"other_torch", "P302"},
    {"other_sdk", "P303"},         {"newer_stdlib", "P304"},      {"other_sanitizer", "P305"},
    {"other_json", "P306"},        {"text_library", "P307"},      {"empty_library", "P307"},
    {"truncated_library", "P307"}, {"other_machine", "P307"}};

// `text` and three digits.
std::string numbered(std::string text, int n) {
  return text += std::to_string(1000 + n).substr(1);
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// The tiny plugin under another id and other class names, all of the same length.
void write_served(const fs::path& folder, int n) {
  fs::create_directories(folder);
  for (const char* file : {"tiny.plugin.yaml", "libtiny.so"}) {
    std::string bytes = test::read_bytes(test::kTiny / file);
    replace_all(bytes, "org.modelhost.tests.tiny", numbered("org.modelhost.tests.t", n));
    for (const char* rest : {"Model", "ForClassification"})
      replace_all(bytes, std::string("Tiny") + rest, numbered("T", n) + rest);
    std::ofstream(folder / file, std::ios::binary) << bytes;
  }
}

// A good plugin as far as manifest and bytes tell. Its library is the tiny one's under another name.
void write_good(const TempDir& dir, int n) {
  const ManifestText manifest{.id = numbered("org.example.good", n),
                              .model_type = numbered("good", n),
                              .architectures = numbered("Good", n) + "Model"};
  const fs::path folder = manifest.write(dir, numbered("good", n)).parent_path();
  fs::remove(folder / "libfoo.so");
  fs::create_hard_link(test::kTiny / "libtiny.so", folder / "libfoo.so");
}

struct ManyPlugins {
  TempDir dir{test::build_path("tests")};  // where hard links to the tiny library can be made

  ManyPlugins() {
    for (int n = 0; n < kServed; ++n) write_served(dir / numbered("served", n), n);
    for (int n = kServed; n < kGood; ++n) write_good(dir, n);
    for (const auto& [folder, code] : kBroken) {
      fs::copy(test::build_path("tests/bad_plugins") / folder, dir / folder,
               fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    }
  }
};

TEST_CASE(
    "of two hundred plugins the twenty broken ones are listed with their reasons, and the good ones serve") {
  const ManyPlugins many;
  LoaderHost host({many.dir.path()});
  host.manager.check_stamps();
  const auto entries = host.manager.entries();
  REQUIRE(entries.size() == kGood + kBroken.size());
  REQUIRE(entries.size() == 200);
  std::map<std::string, std::string> refused;
  int available = 0;
  for (const PluginEntry& entry : entries) {
    available += entry.state == PluginState::kAvailable ? 1 : 0;
    if (!entry.refusal) continue;
    refused[entry.manifest.file.parent_path().filename().string()] = std::string(entry.refusal->code());
    CHECK_FALSE(entry.refusal->file().empty());
    CHECK_FALSE(entry.refusal->fix().empty());
  }
  CHECK(refused == kBroken);
  CHECK(available == kGood);
  CHECK(host.registry.all().empty());  // nothing was opened

  host.manager.require_model_type("tiny");
  for (int n = 0; n < kServed; ++n) {
    const ModelSpec* spec = host.registry.find(numbered("T", n) + "Model");
    REQUIRE(spec);
    CHECK(spec->provider == numbered("org.modelhost.tests.t", n));
  }
  CHECK(host.registry.all().size() == 2 * kServed);
}

}  // namespace
}  // namespace modelhost::host

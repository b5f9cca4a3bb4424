// Every way in which a plugin can be wrong, one plugin each (tests/bad_plugins/), and a good one among them.
#include <catch2/catch_test_macros.hpp>

#include <map>
#include <string>

#include "loader_support.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using Codes = std::multimap<std::string, std::string>;

const fs::path kTests = test::build_path("tests");

// The warnings of all these refusals say nothing new here.
class Quiet {
 public:
  Quiet() {
    set_log_sink([](LogLevel, std::string_view) {});
  }
  ~Quiet() { set_log_sink({}); }
};

SearchPath bad_and_good() {
  return {{kTests / "bad_plugins", PluginOrigin::kFlag}, {kTests / "plugins/tiny", PluginOrigin::kFlag}};
}

// Folder of each plugin -> code of its refusal, or its state.
Codes outcome(const PluginManager& manager) {
  Codes codes;
  for (const PluginEntry& entry : manager.entries()) {
    const std::string folder = entry.manifest.file.parent_path().filename().string();
    codes.emplace(folder,
                  entry.refusal ? std::string(entry.refusal->code()) : std::string(state_name(entry.state)));
  }
  return codes;
}

Error refusal_of(const std::string& id) {
  ModelRegistry registry;
  PluginManager manager(bad_and_good(), registry, test::without_trial());
  manager.scan();
  return test::error_of([&] { manager.load("org.modelhost.tests." + id); });
}

// Refused by the manifest alone, when it is scanned.
const Codes kByManifest = {
    {"not_yaml", "P101"},          {"missing_key", "P102"},       {"unknown_key", "P103"},
    {"bad_value", "P104"},         {"outside_directory", "P105"}, {"absolute_library", "P105"},
    {"outside_link", "P105"},      {"wrong_sdk_range", "P106"},   {"library_missing", "P107"},
    {"library_is_folder", "P107"}, {"duplicate_id", "P202"},      {"duplicate_id", "P202"},
    {"conflict_a", "P603"},        {"conflict_b", "P603"}};

// Refused by the bytes of the library: their constructors would end the process.
const Codes kByBytes = {
    {"no_stamp", "P301"},           {"other_torch", "P302"},     {"other_sdk", "P303"},
    {"newer_stdlib", "P304"},       {"other_sanitizer", "P305"}, {"other_json", "P306"},
    {"several_mismatches", "P302"}, {"text_library", "P307"},    {"empty_library", "P307"},
    {"truncated_library", "P307"},  {"other_machine", "P307"},
#if defined(__GNUC__) && !defined(__clang__)
    {"shared_symbols", "P308"},
#endif
};

// Refused after the library was opened.
const Codes kByContract = {{"undefined_symbol", "P501"},     {"no_descriptor", "P502"},
                           {"short_descriptor", "P502"},     {"null_id", "P502"},
                           {"null_register", "P502"},        {"other_id", "P503"},
                           {"other_version", "P503"},        {"throws", "P601"},
                           {"throws_number", "P601"},        {"extra_architecture", "P602"},
                           {"missing_architecture", "P602"}, {"other_traits", "P602"},
                           {"registers_twice", "P602"}};

Codes all(Codes codes, const std::string& good) {
  codes.insert(kByManifest.begin(), kByManifest.end());
  codes.emplace("tiny", good);
  return codes;
}

TEST_CASE("scanning refuses what a manifest shows and leaves the rest available") {
  const Quiet quiet;
  ModelRegistry registry;
  PluginManager manager(bad_and_good(), registry, test::without_trial());
  manager.scan();
  Codes expected;
  for (const auto& [name, code] : kByBytes) expected.emplace(name, "available");
  for (const auto& [name, code] : kByContract) expected.emplace(name, "available");
  CHECK(outcome(manager) == all(expected, "available"));
}

TEST_CASE("checking stamps refuses what the bytes show and opens no library") {
  const Quiet quiet;
  ModelRegistry registry;
  PluginManager manager(bad_and_good(), registry, test::without_trial());
  manager.scan();
  manager.check_stamps();
  Codes expected = kByBytes;
  for (const auto& [name, code] : kByContract) expected.emplace(name, "available");
  CHECK(outcome(manager) == all(expected, "available"));
  CHECK(registry.all().empty());
}

TEST_CASE("every bad plugin is refused with its code, and the good one among them loads") {
  const Quiet quiet;
  ModelRegistry registry;
  PluginManager manager(bad_and_good(), registry, test::without_trial());
  manager.scan();
  for (const PluginEntry& entry : manager.entries()) {
    if (entry.state != PluginState::kAvailable) continue;
    INFO(entry.manifest.id);
    const bool good = entry.manifest.id == "org.modelhost.tests.tiny";
    CHECK(test::code_of([&] { manager.load(entry.manifest.id); }) ==
          (good ? "none"
           : kByBytes.count(entry.manifest.models[0].model_type)
               ? kByBytes.find(entry.manifest.models[0].model_type)->second
               : kByContract.find(entry.manifest.models[0].model_type)->second));
  }
  Codes expected = kByBytes;
  expected.insert(kByContract.begin(), kByContract.end());
  CHECK(outcome(manager) == all(expected, "loaded"));
  CHECK(registry.all().size() == 2);
  CHECK(registry.find("TinyForClassification")->provider == "org.modelhost.tests.tiny");
}

TEST_CASE("a refusal tells what differs, and all of it") {
  const Quiet quiet;
  const Error stamp = refusal_of("several-mismatches");
  CHECK(stamp.key() == "LibTorch");
  CHECK(stamp.notes().find("modelhost SDK") != std::string::npos);
  CHECK(stamp.notes().find("AddressSanitizer") != std::string::npos);
  CHECK(stamp.notes().find("_GLIBCXX_USE_CXX11_ABI") != std::string::npos);

  const std::string traits = refusal_of("other-traits").notes();
  CHECK(traits.find("model_type of OtherTraitsModel is \"quite_another_type\"") != std::string::npos);
  CHECK(traits.find("config_class") != std::string::npos);
  CHECK(traits.find("base_model_prefix") != std::string::npos);
  CHECK(traits.find("_supports_assign_param_buffer of OtherTraitsModel is \"false\"") != std::string::npos);

  CHECK(refusal_of("extra-architecture").notes().find("extra: ExtraForNobody") != std::string::npos);
  CHECK(refusal_of("missing-architecture").notes().find("missing: MissingForNobody") != std::string::npos);
  CHECK(refusal_of("throws").message().find("no luck today") != std::string::npos);
  CHECK(refusal_of("undefined-symbol").notes().find("missing::function_of_nobody()") != std::string::npos);
  CHECK(refusal_of("conflict-a").notes().find("org.modelhost.tests.conflict-b") != std::string::npos);
}

TEST_CASE("a model type whose only plugin was refused says so and why") {
  const Quiet quiet;
  ModelRegistry registry;
  PluginManager manager(bad_and_good(), registry, test::without_trial());
  manager.scan();
  for (int i = 0; i < 2; ++i) {  // the second time from memory
    const Error error = test::error_of([&] { manager.require_model_type("other_torch"); });
    CHECK(error.code() == "P702");
    CHECK(error.message().find("P302") != std::string::npos);
    CHECK(error.got().starts_with("plugin has "));
    CHECK(error.fix().find("rebuild") != std::string::npos);
  }
  CHECK(test::code_of([&] { manager.require_model_type("library_missing"); }) == "P702");
  CHECK(test::code_of([&] { manager.require_model_type("conflict_a"); }) == "P603");
}

}  // namespace
}  // namespace modelhost::host

#include <catch2/catch_test_macros.hpp>

#include <map>

#include "modelhost/testing/conformance.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace modelhost::testing {
namespace {

namespace fs = std::filesystem;

const fs::path kTiny = test::build_path("tests/plugins/tiny/libtiny.so");

std::map<std::string, CaseResult> results_of(const fs::path& library) {
  std::map<std::string, CaseResult> results;
  for (auto& result : run_cases(library_cases(library))) results.emplace(result.id, result);
  return results;
}

fs::path bad_library(const std::string& name) {
  return test::build_path("tests/bad_plugins/" + name + "/lib" + name + ".so");
}

TEST_CASE("a good plugin passes every case of its library") {
  for (const auto& [id, result] : results_of(kTiny)) {
    CAPTURE(id, result.detail);
    CHECK(result.verdict == Verdict::kPass);
  }
}

// These end the process as soon as any of their code runs.
TEST_CASE("a library is judged without running it") {
  const auto other_torch = results_of(bad_library("other_torch"));
  CHECK(other_torch.at("stamp-matches").verdict == Verdict::kFail);
  CHECK(other_torch.at("stamp-matches").detail.find("P302") != std::string::npos);
  const auto no_stamp = results_of(bad_library("no_stamp"));
  CHECK(no_stamp.at("stamp-matches").detail.find("P301") != std::string::npos);
}

TEST_CASE("a contract symbol that is missing is named") {
  const auto results = results_of(bad_library("no_descriptor"));
  CHECK(results.at("exports-contract-only").verdict == Verdict::kFail);
  CHECK(results.at("exports-contract-only").detail.find("modelhost_plugin_v1") != std::string::npos);
}

TEST_CASE("every symbol beside the contract's is named as an author knows it") {
  const auto results = results_of(test::build_path("lib/libmodelhost_sdk.so"));
  CHECK(results.at("exports-contract-only").verdict == Verdict::kFail);
  const fs::path library = bad_library("undefined_symbol");
  const CaseResult undefined = results_of(library).at("symbols-resolve");
  CHECK(undefined.verdict == Verdict::kFail);
  CAPTURE(undefined.detail);
  CHECK(undefined.detail.find("(") != std::string::npos);  // demangled: a function with its parameters
}

TEST_CASE("a library that can be unloaded is told how to stay") {
  const auto results = results_of(bad_library("null_id"));
  CHECK(results.at("stays-loaded").verdict == Verdict::kFail);
  CHECK(results.at("stays-loaded").detail.find("nodelete") != std::string::npos);
}

TEST_CASE("a LibTorch beside the plugin is refused") {
  const test::TempDir dir;
  fs::copy_file(kTiny, dir / "libtiny.so");
  dir.write("libtorch_cpu.so", "a copy");
  const auto results = results_of(dir / "libtiny.so");
  CHECK(results.at("bundles-no-runtime").verdict == Verdict::kFail);
  CHECK(results.at("bundles-no-runtime").detail.find("libtorch_cpu.so") != std::string::npos);
}

TEST_CASE("what is no library fails, and does not crash") {
  const test::TempDir dir;
  const fs::path text = dir.write("libfoo.so", "INPUT(libc.so.6)\n");
  for (const auto& [id, result] : results_of(text)) {
    CAPTURE(id);
    CHECK(result.verdict == Verdict::kFail);
  }
}

}  // namespace
}  // namespace modelhost::testing

// `modelhost check-plugin` as an author meets it.
#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <set>

#include "modelhost/base/json.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

using test::ProgramResult;
using test::TempDir;

const std::string kTinyFolder = test::build_path("tests/plugins/tiny").string();
const std::string kTiny = kTinyFolder + "/tiny.plugin.yaml";

ProgramResult check(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {test::build_path("bin/modelhost").string(), "check-plugin"});
  return test::run_program(arguments);
}

std::string bad_manifest(const std::string& name) {
  return test::build_path("tests/bad_plugins/" + name + "/" + name + ".plugin.yaml").string();
}

// Of a plugin that ends or holds the process that opens it.
std::string trial_manifest(const std::string& name) {
  return test::build_path("tests/quarantined_plugins/" + name + "/" + name + ".plugin.yaml").string();
}

TEST_CASE("a good plugin passes, as text and as JSON") {
  const auto text = check({kTiny, "--case", "TinyForClassification|library|manifest"});
  CAPTURE(text.out, text.err);
  CHECK(text.status == 0);
  CHECK(text.out.find("pass     save-load/TinyForClassification") != std::string::npos);
  const auto json = check({kTiny, "--case", "^(save-load|two-threads)/", "--json"});
  CHECK(json.status == 0);
  const Json report = parse_json(json.out, "stdout");
  CHECK(report["passed"] == true);
  CHECK(report["counts"]["pass"] == 4);
  CHECK(report["cases"][0]["result"] == "pass");
}

TEST_CASE("list shows every case once, with a sentence, and runs none of the plugin's code") {
  const auto listed = check({bad_manifest("other_torch"), "--list", "--json"});
  CHECK(listed.status == 0);
  std::set<std::string> names;
  for (const Json& one : parse_json(listed.out, "stdout")) {
    CHECK(names.insert(one["id"].get<std::string>() + "/" + one["subject"].get<std::string>()).second);
    CHECK(one["sentence"].get<std::string>().size() > 10);
  }
  CHECK(names.contains("save-load/NobodysModel_other_torch"));
  CHECK(names.size() > 40);
}

TEST_CASE("a library that cannot be opened fails once, and every model case is skipped at once") {
  for (const auto& [name, verdict, limit] : {std::tuple("crashes_on_registration", "crash", "1000"),
                                             std::tuple("hangs_on_registration", "timeout", "2")}) {
    CAPTURE(name);
    const auto result = check({trial_manifest(name), "--json", "--time-limit", limit, "--case",
                               "^(registers-as-manifest-says|save-load|two-threads)/"});
    CHECK(result.status == 1);
    const Json report = parse_json(result.out, "stdout");
    CHECK(report["counts"][verdict] == 1);
    CHECK(report["counts"]["skip"] == 2);
    CHECK(report["cases"].size() == 3);
  }
}

TEST_CASE("a folder of goldens that does not exist is wrong usage, not a pass") {
  const auto result = check({kTiny, "--goldens", "nowhere", "--case", "golden"});
  CHECK(result.status == 2);
  CHECK(result.err.find("nowhere") != std::string::npos);
}

TEST_CASE("a plugin that is refused fails with the code, and its models are skipped") {
  const auto result = check({bad_manifest("other_id"), "--json"});
  CHECK(result.status == 1);
  const Json report = parse_json(result.out, "stdout");
  CHECK(report["passed"] == false);
  for (const Json& one : report["cases"]) {
    if (one["id"] == "registers-as-manifest-says") {
      CHECK(one["detail"].get<std::string>().find("P503") != std::string::npos);
    }
    if (one["subject"] == "OtherIdModel") CHECK(one["result"] == "skip");
  }
}

TEST_CASE("a manifest that is no manifest fails one case, with file and line") {
  const auto result = check({bad_manifest("unknown_key"), "--only-failed"});
  CHECK(result.status == 1);
  CHECK(result.out.find("manifest-valid") != std::string::npos);
  CHECK(result.out.find("P103") != std::string::npos);
}

TEST_CASE("wrong usage of check-plugin has status 2") {
  CHECK(check({}).status == 2);
  CHECK(check({kTiny, "--case", "("}).status == 2);
  CHECK(check({kTiny, "--case", "no-such-case"}).status == 2);
  CHECK(check({kTiny, "--time-limit", "-1"}).status == 2);
}

TEST_CASE("cases run in this process on request") {
  const auto result = check({kTiny, "--in-process", "--case", "^config-(types|round-trip)"});
  CHECK(result.status == 0);
  CHECK(result.out.find("4 cases: 4 pass") != std::string::npos);
}

TEST_CASE("an author's conformance.json decides the sizes, and a wrong one is refused") {
  const TempDir dir;
  for (const char* file : {"tiny.plugin.yaml", "libtiny.so"})
    std::filesystem::copy_file(kTinyFolder + "/" + file, dir / file);
  const std::string manifest = (dir / "tiny.plugin.yaml").string();
  dir.write("conformance.json", R"({"tiny": {"hidden_size": 0}})");
  const auto refused = check({manifest, "--case", "save-load/TinyModel", "--only-failed"});
  CHECK(refused.status == 1);
  CHECK(refused.out.find("hidden_size") != std::string::npos);
  dir.write("conformance.json", R"({"tiny": {"hidden_size": 6}})");
  CHECK(check({manifest, "--case", "save-load/TinyModel"}).status == 0);
  dir.write("conformance.json", "[]");
  CHECK(check({manifest}).status == 1);
}

TEST_CASE(
    "where the conformance kit was not built, check-plugin says what to build, and helps all the same") {
  namespace fs = std::filesystem;
  const TempDir dir;
  for (const char* folder : {"bin", "lib"}) fs::create_directory(dir.path() / folder);
  fs::copy_file(test::kProgram, dir.path() / "bin/modelhost");
  for (const auto& entry : fs::directory_iterator(test::build_path("lib"))) {
    const std::string name = entry.path().filename().string();
    // The program looks beside the library of the host, wherever a link to that leads.
    if (name.starts_with("libmodelhost_host.so.")) fs::copy_file(entry.path(), dir.path() / "lib" / name);
    if (name.starts_with("libmodelhost_sdk.so.")) fs::create_symlink(entry.path(), dir.path() / "lib" / name);
  }
  const std::string program = dir / "bin/modelhost";
  const auto result = test::run_program({program, "check-plugin", kTiny});
  CHECK(result.status == 1);
  CHECK(result.err.find("U102") != std::string::npos);
  CHECK(result.err.find("build the target modelhost_check_plugin") != std::string::npos);
  CHECK(test::run_program({program, "check-plugin", "--help"}).status == 0);
}

}  // namespace
}  // namespace modelhost

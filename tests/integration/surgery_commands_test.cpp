// prune-heads, resize-embeddings and inspect --heads as an operator meets them, on a small model made on the spot: 3 layers of
// 4 heads, 30 tokens of which its tokenizer uses 22.
#include <algorithm>
#include <filesystem>
#include <map>

#include "modelhost/base/json.h"
#include "modelhost/files/json_file.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/temp_dir.h"
#include "support/text_model.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::kProgram;
using test::TempDir;
using Arguments = std::vector<std::string>;


test::ProgramResult run_with_model(Arguments arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), {kProgram, "--plugin-dir", test::kCompletePlugin.string()});
  return test::run_program(arguments, input);
}

Json answer_of(const test::ProgramResult& result) {
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return parse_json(result.out, "stdout");
}

// Names and bytes of all files, so that any change shows.
std::map<std::string, std::string> content(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file())
      files[entry.path().lexically_relative(directory).string()] = test::read_bytes(entry.path());
  }
  return files;
}

TEST_CASE("the heads that matter least are found, pruned and gone, and the model still runs") {
  const TempDir dir;
  const std::string m = test::write_text_model(dir / "m"), out = dir / "out";
  const std::string texts = dir.write("texts.txt", "a man eats food.\nhello world\nthe cat sat on the mat\n");
  const Json found = answer_of(run_with_model({"inspect", m, "--heads", "--input", texts, "--json"}));
  CHECK(found["architecture"] == "CompleteModel");
  CHECK(found["layers"].size() == 3);
  const Json report =
      answer_of(run_with_model({"prune-heads", m, out, "--heads", found["least_important"].dump(), "--json"}));
  CHECK(report["before"]["heads"] == 12);
  CHECK(report["after"]["heads"] == 8);
  CHECK(report["pruned_heads"] == found["least_important"]);
  CHECK(read_json_file(fs::path(out) / "config.json")["pruned_heads"] == found["least_important"]);
  CHECK(fs::exists(fs::path(out) / "1_Pooling/config.json"));
  const std::string config =
      dir.write("run.yaml", "run: 1\nmodel: out\ntask: embed\noutput: {format: jsonl}\n");
  const auto embedded = run_with_model({"run", config, "--input", texts});
  CAPTURE(embedded.err);
  CHECK(embedded.status == 0);
  CHECK(std::ranges::count(embedded.out, '\n') == 3);
}

TEST_CASE("heads are pruned in place and again, under the numbers of the first model") {
  const TempDir dir;
  const std::string m = dir / "m";
  answer_of(run_with_model({"prune-heads", test::write_text_model(dir / "first"), m, "--heads", R"({"0": [1]})", "--json"}));
  const Json again = answer_of(run_with_model({"prune-heads", m, m, "--heads", R"({"0": [1, 2], "-1": [0]})", "--json"}));
  CHECK(again["after"]["heads"] == 9);
  CHECK(again["pruned_heads"] == parse_json(R"({"-1": [0], "0": [1, 2]})", ""));
  const Json found = answer_of(run_with_model({"inspect", m, "--heads", "--text", "hello", "--fraction", "1", "--json"}));
  CHECK(found["layers"][0]["heads"][1]["head"] == 3);
  CHECK(found["layers"][2]["heads"][0]["head"] == 1);
  for (const auto& [layer, heads] : found["least_important"].items())
    CHECK(heads.size() == found["layers"][std::stoul(layer)]["heads"].size() - 1);
  const auto pruned = run_with_model({"prune-heads", m, m, "--heads", found["least_important"].dump()});
  CHECK(pruned.status == 0);
}

TEST_CASE("a dry run of the commands writes nothing and says the same figures") {
  const TempDir dir;
  const std::string m = test::write_text_model(dir / "m"), out = dir / "out";
  const std::vector<Arguments> commands = {
      {"prune-heads", m, out, "--heads", R"({"1": [0]})", "--json", "--max-shard-size", "4KB"},
      {"resize-embeddings", m, out, "--size", "17", "--pad-to-multiple-of", "4", "--json"}};
  for (Arguments command : commands) {
    command.emplace_back("--dry-run");
    const Json planned = answer_of(run_with_model(command));
    CHECK_FALSE(fs::exists(out));
    command.pop_back();
    const Json done = answer_of(run_with_model(command));
    for (const char* key : {"before", "after", "files", "copied", "warnings"})
      CHECK(planned[key] == done[key]);
    fs::remove_all(out);
  }
}

TEST_CASE("ids that the tokenizer has and the model no longer has are pointed out") {
  const TempDir dir;
  const std::string m = test::write_text_model(dir / "m"), out = dir / "out";
  const Json smaller = answer_of(run_with_model({"resize-embeddings", m, out, "--size", "20", "--json"}));
  CHECK(smaller["after"]["vocabulary"] == 20);
  CHECK(smaller["warnings"].size() == 1);
  const Arguments larger = {"resize-embeddings", out, out, "--size", "35", "--seed", "3", "--json"};
  CHECK(answer_of(run_with_model(larger))["warnings"].empty());
  CHECK(read_json_file(fs::path(out) / "config.json")["vocab_size"] == 35);
}

TEST_CASE("wrong arguments leave the target as it was and say what was wrong") {
  const TempDir dir;
  const std::string model = test::write_text_model(dir / "m"), out = dir / "out", absent = dir / "absent";
  dir.write("out/model.safetensors", "old");
  const auto before = content(dir.path());
  const auto prune = [&](const std::string& heads) {
    return Arguments{"prune-heads", model, out, "--heads", heads};
  };
  const std::vector<std::pair<Arguments, std::string>> failing = {
      {prune("{\"0\": [1}"), "J101"},
      {prune("[0]"), "J104"},
      {prune(R"({"3": [0]})"), "M105"},
      {prune(R"({"0": [4]})"), "M105"},
      {prune(R"({"0": [0, 1, 2, 3]})"), "M105"},
      {prune("@" + absent), "IO101"},
      {{"prune-heads", model, out, "--heads", "{}", "--architecture", "CompleteForMaskedLM"}, "L102"},
      {{"prune-heads", model, out + "/model.safetensors", "--heads", "{}", "--dry-run"}, "V101"},
      {{"prune-heads", model, out + "/model.safetensors/x", "--heads", "{}", "--dry-run"}, "V101"},
      {{"prune-heads", absent, out, "--heads", "{}"}, "IO105"},
      {{"prune-heads", model, out, "--heads", "{}", "--max-shard-size", "many"}, "V106"},
      {{"resize-embeddings", model, out, "--size", "0"}, "M105"},
      {{"resize-embeddings", model, out, "--size", "9", "--pad-to-multiple-of", "-1"}, "M105"},
      {{"inspect", model, "--heads", "--text", "x", "--architecture", "CompleteForMaskedLM"}, "R106"},
      {{"inspect", model, "--heads", "--input", absent + ".safetensors"}, "IO101"}};
  for (const auto& [arguments, code] : failing) {
    const auto result = run_with_model(arguments);
    CAPTURE(arguments, result.err);
    CHECK(result.status == 1);
    CHECK(result.out.empty());
    CHECK(result.err.find("error " + code) != std::string::npos);
  }
  const std::vector<Arguments> wrong = {{"prune-heads", model, out},
                                        {"prune-heads", model, "--heads", "{}"},
                                        {"prune-heads", model, out, "--heads", "{}", "--to", "gguf"},
                                        {"resize-embeddings", model, out},
                                        {"resize-embeddings", model, out, "--size", "many"},
                                        {"inspect", model, "--text", "x"},
                                        {"inspect", model, "--heads"},
                                        {"inspect", model, "--heads", "--text", "x", "--input", "-"},
                                        {"inspect", model, "--heads", "--text", "x", "--fraction", "1.5"},
                                        {"inspect", model, "--heads", "--text", "x", "--fraction", "nan"},
                                        {"resize-embeddings", model, out, "--size", "9", "--seed", "-1"}};
  for (const auto& arguments : wrong) {
    CAPTURE(arguments);
    CHECK(run_with_model(arguments).status == 2);
  }
  CHECK(content(dir.path()) == before);
}

TEST_CASE("the table of heads ends with an argument that prune-heads takes") {
  const TempDir dir;
  const std::string m = test::write_text_model(dir / "m");
  const auto shown = run_with_model({"inspect", m, "--heads", "--input", "-", "--fraction", "0.1"}, "hello\nworld\n");
  REQUIRE(shown.status == 0);
  CHECK(shown.out.starts_with("importance of the 12 attention heads of CompleteModel, from 2 examples\n"));
  CHECK(shown.out.find("the 1 least important, for modelhost prune-heads:\n--heads '{\"") !=
        std::string::npos);
  const auto at = shown.out.find("{\"");
  const std::string argument = shown.out.substr(at, shown.out.find('\'', at) - at);
  const Arguments command = {"prune-heads", m, dir / "out", "--heads", argument, "--dry-run", "--json"};
  CHECK(answer_of(run_with_model(command))["after"]["heads"] == 11);
}

}  // namespace
}  // namespace modelhost

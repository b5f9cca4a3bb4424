// prune-heads, resize-embeddings and inspect --heads as an operator meets them, on the real model.
#include <filesystem>

#include "modelhost/base/json.h"
#include "modelhost/files/json_file.h"
#include "modelhost/host/host.h"
#include "support/minilm.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::kProgram;
using test::kTexts;
using test::minilm_dir;
using test::TempDir;
using Arguments = std::vector<std::string>;

test::ProgramResult run(Arguments arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), kProgram);
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

TEST_CASE("a third of the real model's heads is found, pruned and gone, and the model still runs") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const TempDir dir;
  const std::string model = minilm_dir(), out = dir / "out";
  const Json found = answer_of(run({"inspect", model, "--heads", "--input", kTexts, "--json"}));
  CHECK(found["architecture"] == "BertModel");
  CHECK(found["layers"].size() == 6);
  const std::string heads = found["least_important"].dump();
  const Json report = answer_of(run({"prune-heads", model, out, "--heads", heads, "--json"}));
  CHECK(report["before"]["heads"] == 72);
  CHECK(report["after"]["heads"] == 48);
  CHECK(report["pruned_heads"] == found["least_important"]);
  CHECK(read_json_file(fs::path(out) / "config.json")["pruned_heads"] == found["least_important"]);
  CHECK(fs::exists(fs::path(out) / "1_Pooling/config.json"));

  const auto embedded = run({"run", test::source_path("configs/embed.yaml").string(), "--model", out});
  CHECK(embedded.status == 0);
  CHECK(embedded.out.starts_with("cosine similarity of 8 texts, 384 dimensions\n"));
  host::Host host;
  auto pruned = host.load_embedder(out);
  const at::Tensor vectors = pruned.embed({"A man is eating food.", "A man eats.", "The stock market fell."});
  CHECK(vectors[0].dot(vectors[1]).item<float>() > vectors[0].dot(vectors[2]).item<float>() + 0.2F);
}

TEST_CASE("heads are pruned in place and again, under the numbers of the first model") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const TempDir dir;
  const std::string m = dir / "m";
  answer_of(run({"prune-heads", minilm_dir(), m, "--heads", R"({"0": [1, 2]})", "--json"}));
  const Json again =
      answer_of(run({"prune-heads", m, m, "--heads", R"({"0": [2, 11], "-1": [0]})", "--json"}));
  CHECK(again["after"]["heads"] == 68);
  CHECK(again["pruned_heads"] == parse_json(R"({"-1": [0], "0": [1, 2, 11]})", ""));
  const Json found =
      answer_of(run({"inspect", m, "--heads", "--text", "hello", "--fraction", "1", "--json"}));
  CHECK(found["layers"][0]["heads"][1]["head"] == 3);
  CHECK(found["layers"][5]["heads"][0]["head"] == 1);
  for (const auto& [layer, heads] : found["least_important"].items())
    CHECK(heads.size() == found["layers"][std::stoul(layer)]["heads"].size() - 1);
  const auto pruned = run({"prune-heads", m, m, "--heads", found["least_important"].dump()});
  CHECK(pruned.status == 0);
}

TEST_CASE("a dry run of the commands writes nothing and says the same figures") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const TempDir dir;
  const std::string out = dir / "out";
  const std::vector<Arguments> commands = {
      {"prune-heads", minilm_dir(), out, "--heads", R"({"3": [0]})", "--json", "--max-shard-size", "40MB"},
      {"resize-embeddings", minilm_dir(), out, "--size", "30000", "--pad-to-multiple-of", "64", "--json"}};
  for (Arguments command : commands) {
    command.emplace_back("--dry-run");
    const Json planned = answer_of(run(command));
    CHECK_FALSE(fs::exists(out));
    command.pop_back();
    const Json done = answer_of(run(command));
    for (const char* key : {"before", "after", "files", "copied", "warnings"})
      CHECK(planned[key] == done[key]);
    fs::remove_all(out);
  }
}

TEST_CASE("ids that the tokenizer has and the model no longer has are pointed out") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const TempDir dir;
  const std::string out = dir / "out";
  const Json smaller = answer_of(run({"resize-embeddings", minilm_dir(), out, "--size", "30000", "--json"}));
  CHECK(smaller["after"]["vocabulary"] == 30000);
  CHECK(smaller["warnings"].size() == 1);
  const Arguments larger = {"resize-embeddings", out, out, "--size", "30530", "--seed", "3", "--json"};
  CHECK(answer_of(run(larger))["warnings"].empty());
  CHECK(read_json_file(fs::path(out) / "config.json")["vocab_size"] == 30530);
}

TEST_CASE("wrong arguments leave the target as it was and say what was wrong") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const TempDir dir;
  const std::string model = minilm_dir(), out = dir / "out", absent = dir / "absent";
  dir.write("out/model.safetensors", "old");
  const auto before = content(dir.path());
  const auto prune = [&](const std::string& heads) {
    return Arguments{"prune-heads", model, out, "--heads", heads};
  };
  const std::vector<std::pair<Arguments, std::string>> failing = {
      {prune("{\"0\": [1}"), "J101"},
      {prune("[0]"), "J104"},
      {prune(R"({"6": [0]})"), "M105"},
      {prune(R"({"0": [12]})"), "M105"},
      {prune(R"({"0": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]})"), "M105"},
      {prune("@" + absent), "IO101"},
      {{"prune-heads", model, out, "--heads", "{}", "--architecture", "BertForMaskedLM"}, "L102"},
      {{"prune-heads", model, out + "/model.safetensors", "--heads", "{}", "--dry-run"}, "V101"},
      {{"prune-heads", model, out + "/model.safetensors/x", "--heads", "{}", "--dry-run"}, "V101"},
      {{"prune-heads", absent, out, "--heads", "{}"}, "IO105"},
      {{"prune-heads", model, out, "--heads", "{}", "--max-shard-size", "many"}, "V106"},
      {{"resize-embeddings", model, out, "--size", "0"}, "M105"},
      {{"resize-embeddings", model, out, "--size", "9", "--pad-to-multiple-of", "-1"}, "M105"},
      {{"inspect", model, "--heads", "--text", "x", "--architecture", "BertForMaskedLM"}, "R106"},
      {{"inspect", model, "--heads", "--input", absent + ".safetensors"}, "IO101"}};
  for (const auto& [arguments, code] : failing) {
    const auto result = run(arguments);
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
    CHECK(run(arguments).status == 2);
  }
  CHECK(content(dir.path()) == before);
}

TEST_CASE("the table of heads ends with an argument that prune-heads takes") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const TempDir dir;
  const auto shown =
      run({"inspect", minilm_dir(), "--heads", "--input", "-", "--fraction", "0.02"}, "one\ntwo\n");
  REQUIRE(shown.status == 0);
  CHECK(shown.out.starts_with("importance of the 72 attention heads of BertModel, from 2 examples\n"));
  CHECK(shown.out.find("the 1 least important, for modelhost prune-heads:\n--heads '{\"") !=
        std::string::npos);
  const auto at = shown.out.find("{\"");
  const std::string argument = shown.out.substr(at, shown.out.find('\'', at) - at);
  const Arguments command = {"prune-heads", minilm_dir(), dir / "out", "--heads",
                             argument,      "--dry-run",  "--json"};
  CHECK(answer_of(run(command))["after"]["heads"] == 71);
}

}  // namespace
}  // namespace modelhost

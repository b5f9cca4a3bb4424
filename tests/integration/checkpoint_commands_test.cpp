// convert, verify and diff as an operator meets them.
#include <catch2/catch_test_macros.hpp>

#include "modelhost/base/json.h"
#include "modelhost/files/json_file.h"
#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::kProgram;
using test::run_program;
using test::TempDir;

// a: [3] of F32, ids: [2] of I64, scalar, empty.
void write_model(const TempDir& dir, const std::string& name, float first) {
  const float values[] = {first, 2, 3};
  const int64_t ids[] = {1, 2};
  dir.write(name + "/config.json", R"({"model_type": "x"})");
  dir.write(name + "/tokenizer.json", "{}");
  const auto bytes = [](const auto& array) { return std::as_bytes(std::span(array)); };
  write_safetensors(dir.path() / name / "model.safetensors",
                    {{{"a", Dtype::kF32, {3}, 0, 0}, bytes(values)},
                     {{"ids", Dtype::kI64, {2}, 0, 0}, bytes(ids)},
                     {{"scalar", Dtype::kF32, {}, 0, 0}, bytes(values).first(4)},
                     {{"empty", Dtype::kF32, {0, 2}, 0, 0}, {}}});
}

test::ProgramResult run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), kProgram);
  return run_program(arguments);
}

Json json_of(const test::ProgramResult& result) {
  return parse_json(result.out, "stdout");
}

TEST_CASE("a checkpoint goes through both formats, shards and back, verified and compared at every step") {
  const TempDir dir;
  write_model(dir, "m", 1);
  const std::string m = dir / "m";
  std::string from = m;
  const std::vector<std::vector<std::string>> steps = {
      {"--to", "bin"}, {"--max-shard-size", "16"}, {"--to", "bin", "--max-shard-size", "1"}, {}};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string out = dir / std::to_string(i);
    std::vector<std::string> command = {"convert", from, out};
    command.insert(command.end(), steps[i].begin(), steps[i].end());
    const auto converted = run(command);
    CAPTURE(i, converted.err);
    CHECK(converted.status == 0);
    CHECK(converted.err.empty());
    CHECK(fs::exists(fs::path(out) / "tokenizer.json"));
    const auto verified = run({"verify", out, "--values"});
    CHECK(verified.status == 0);
    CHECK(verified.out.starts_with("clean: 4 tensors (32 B)"));
    const auto compared = run({"diff", m, out});
    CHECK(compared.status == 0);
    CHECK(compared.out == "identical: 4 tensors, bit for bit\n");
    from = out;
  }
}

TEST_CASE("convert says as JSON what it did, and with --dry-run what it would do") {
  const TempDir dir;
  write_model(dir, "m", 1e6);
  const std::string m = dir / "m", out = dir / "out";
  const std::vector<std::string> command = {"convert", m,           out,    "--dtype",
                                            "float16", "--variant", "fp16", "--json"};
  auto dry = command;
  dry.emplace_back("--dry-run");
  const Json planned = json_of(run(dry));
  CHECK(planned["dry_run"] == true);
  CHECK_FALSE(fs::exists(out));
  const auto result = run(command);
  CHECK(result.status == 0);
  const Json done = json_of(result);
  CHECK(done["files"] == planned["files"]);
  CHECK(done["files"] == Json{"model.fp16.safetensors"});
  CHECK(done["cast"] == Json{{"F32", 3}});
  CHECK(done["kept"] == Json{{"I64", 1}});
  CHECK(done["overflowed"] == Json{{"a", 1}, {"scalar", 1}});
  CHECK(json_of(run({"diff", m, out + "/model.fp16.safetensors", "--json"}))["different_tensors"] == 3);
  CHECK(read_json_file(out + "/config.json")["dtype"] == "float16");
}

TEST_CASE("names of files that convert copies cannot control the terminal") {
  const TempDir dir;
  write_model(dir, "m", 1);
  dir.write("m/note\x1b[2J.txt", "");
  const auto result = run({"convert", dir / "m", dir / "out"});
  CHECK(result.status == 0);
  CHECK(result.out.find("note\\x1b[2J.txt") != std::string::npos);
  CHECK(result.out.find('\x1b') == std::string::npos);
}

TEST_CASE("diff shows the largest differences first and answers with its status") {
  const TempDir dir;
  write_model(dir, "a", 1);
  write_model(dir, "b", 1.5);
  const std::string a = dir / "a", b = dir / "b";
  const auto text = run({"diff", a, b, "--top", "1"});
  CHECK(text.status == 1);
  CHECK(text.err.empty());
  CHECK(text.out.find("largest 0.5") != std::string::npos);
  CHECK(text.out.find("and 1 more") != std::string::npos);
  const Json json = json_of(run({"diff", a, b, "--json"}));
  CHECK(json["identical"] == false);
  CHECK(json["same_tensors"] == 2);
  CHECK(json["tensors"].size() == 2);
  CHECK(json["distance"]["max_abs"] == 0.5);
  CHECK(json["distance"]["mean_abs"] == 1.0 / 6);
}

TEST_CASE("verify lists what is wrong as text and as JSON and answers with its status") {
  const TempDir dir;
  write_model(dir, "m", 1);
  dir.write("m/model.safetensors.index.json", R"({"weight_map": {"a\u001b[31m": "gone.safetensors"}})");
  dir.write("m/pytorch_model.bin", "rubbish");
  const std::string m = dir / "m";
  const auto text = run({"verify", m});
  CHECK(text.status == 1);
  CHECK(text.err.empty());
  CHECK(text.out.find('\x1b') == std::string::npos);
  CHECK(text.out.find("error shard-missing \"gone.safetensors\"") != std::string::npos);
  CHECK(text.out.find("2 errors, 1 warnings") != std::string::npos);
  const Json json = json_of(run({"verify", m, "--json"}));
  CHECK(json["clean"] == false);
  CHECK(json["findings"].size() == 3);
  CHECK(json["findings"][0]["severity"] == "error");
  CHECK(json["findings"][2]["check"] == "index-ignored");
}

TEST_CASE("what cannot be read or written is an error with its code, and wrong usage is told apart") {
  const TempDir dir;
  write_model(dir, "m", 1);
  const std::string m = dir / "m", absent = dir / "absent",
                    rubbish = dir.write("r/model.safetensors", "rubbish"), file = dir.write("file", "x");
  const std::vector<std::pair<std::vector<std::string>, std::string>> failing = {
      {{"convert", absent, m}, "IO105"},
      {{"convert", rubbish, m}, "S101"},
      {{"convert", m, file}, "V101"},
      {{"convert", m, absent, "--max-shard-size", "many"}, "V106"},
      {{"convert", m, absent, "--max-shard-size", "0"}, "V106"},
      {{"convert", m, absent, "--variant", "../x"}, "V106"},
      {{"verify", absent}, "IO105"},
      {{"diff", m, absent}, "IO105"},
      {{"diff", rubbish, m}, "S101"}};
  for (const auto& [arguments, code] : failing) {
    const auto result = run(arguments);
    CAPTURE(arguments, result.err);
    CHECK(result.status == 1);
    CHECK(result.out.empty());
    CHECK(result.err.find("error " + code) != std::string::npos);
  }
  const std::vector<std::vector<std::string>> wrong = {{"convert", m},
                                                       {"convert", m, absent, "--to", "gguf"},
                                                       {"convert", m, absent, "--dtype", "int8"},
                                                       {"verify"},
                                                       {"diff", m},
                                                       {"diff", m, m, "--top", "-1"}};
  for (const auto& arguments : wrong) {
    CAPTURE(arguments);
    CHECK(run(arguments).status == 2);
  }
  CHECK_FALSE(fs::exists(absent));
}

}  // namespace
}  // namespace modelhost

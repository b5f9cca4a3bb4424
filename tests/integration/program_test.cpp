// The program as an operator meets it, with the tiny plugin of the tests.
#include <ATen/ops/rand.h>

#include <catch2/catch_test_macros.hpp>

#include "modelhost/base/json.h"
#include "modelhost/formats/safetensors/safetensors_reader.h"
#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "modelhost/version.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

using test::kProgram;
using test::run_program;
using test::TempDir;

const std::string kTinyPlugin = test::build_path("tests/plugins/tiny").string();

TEST_CASE("version and help are answered on stdout with status 0") {
  const auto version = run_program({kProgram, "--version"});
  CHECK(version.status == 0);
  CHECK(version.out == std::string("modelhost ") + MODELHOST_VERSION + "\n");
  const auto help = run_program({kProgram, "--help"});
  CHECK(help.status == 0);
  for (const char* command :
       {"run", "forward", "inspect", "convert", "prune-heads", "resize-embeddings", "verify", "diff",
        "tokenize", "plugins", "check-plugin", "new-plugin", "completion"}) {
    CHECK(help.out.find(command) != std::string::npos);
    CHECK(run_program({kProgram, command, "--help"}).status == 0);
  }
}

TEST_CASE("wrong usage has status 2 and says so on stderr") {
  const std::vector<std::vector<std::string>> wrong = {
      {kProgram},
      {kProgram, "dance"},
      {kProgram, "run"},
      {kProgram, "run", "a.yaml", "--format", "xml"},
      {kProgram, "forward", "dir"},
      {kProgram, "forward", "dir", "--input", "i", "--output", "o", "--read-mode", "mmap"},
      {kProgram, "inspect"},
      {kProgram, "completion", "tcsh"},
      {kProgram, "--log-level", "loud", "plugins"}};
  for (const auto& arguments : wrong) {
    const auto result = run_program(arguments);
    CAPTURE(arguments);
    CHECK(result.status == 2);
    CHECK(result.out.empty());
    CHECK_FALSE(result.err.empty());
  }
}

TEST_CASE("a failure has status 1, a code and nothing on stdout") {
  const TempDir dir;
  dir.write("bad.yaml", "run: 1\ntask: embed\nmodle: x\n");
  dir.write("m/config.json", R"({"model_type": "berd"})");
  const std::vector<std::pair<std::vector<std::string>, std::string>> failing = {
      {{"run", (dir.path() / "absent.yaml").string()}, "IO101"},
      {{"run", (dir.path() / "bad.yaml").string()}, "R103"},
      {{"inspect", (dir.path() / "absent").string()}, "IO105"},
      {{"inspect", (dir.path() / "m").string()}, "K101"},
      {{"forward", (dir.path() / "absent").string(), "--input", "x", "--output", "y"}, "IO105"},
      {{"forward", (dir.path() / "m").string(), "--input", "x", "--output", "y"}, "P701"},
  };
  for (const auto& [arguments, code] : failing) {
    std::vector<std::string> command = {kProgram};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const auto result = run_program(command);
    CAPTURE(arguments, result.err);
    CHECK(result.status == 1);
    CHECK(result.out.empty());
    CHECK(result.err.find("error " + code) != std::string::npos);
  }
}

TEST_CASE("an error of a config names the config, whatever the command line adds") {
  const TempDir dir;
  const std::string config = dir.write("bad.yaml", "hello").string();
  const auto result = run_program({kProgram, "run", config, "--format", "jsonl"});
  CHECK(result.status == 1);
  CHECK(result.err.find(config + ":1:1") != std::string::npos);
  CHECK(result.err.find("a map") != std::string::npos);
}

TEST_CASE("a model type without a plugin is reported with the config.json that asks for it") {
  const TempDir dir;
  const std::string config = dir.write("m/config.json", R"({"model_type": "berd"})").string();
  const auto result =
      run_program({kProgram, "forward", (dir / "m").string(), "--input", "x", "--output", "y"});
  CHECK(result.err.find(config) != std::string::npos);
}

TEST_CASE("names in a checkpoint cannot steer the terminal that shows them") {
  const TempDir dir;
  const float value = 1;
  write_safetensors(dir / "model.safetensors",
                    {{{"a\x1b[2J", Dtype::kF32, {1}, 0, 0}, std::as_bytes(std::span(&value, 1))}});
  const std::string text(200, 'x');
  dir.write("config.json", R"({"k\u001b[2J": "v\u009b[2J", "long": ")" + text + "\"}");
  const auto result = run_program({kProgram, "inspect", dir.path().string()});
  CHECK(result.status == 0);
  CHECK(result.out.find('\x1b') == std::string::npos);
  CHECK(result.out.find("\xc2\x9b") == std::string::npos);
  CHECK(result.out.find("a\\x1b[2J") != std::string::npos);
  CHECK(result.out.find("xxx…") != std::string::npos);
}

TEST_CASE("plugins lists what a directory offers, as text and as JSON, and loads nothing by itself") {
  const auto text = run_program({kProgram, "--plugin-dir", kTinyPlugin, "plugins"});
  CHECK(text.status == 0);
  CHECK(text.out.find("available") != std::string::npos);
  const auto json = run_program({kProgram, "--plugin-dir", kTinyPlugin, "plugins", "--json", "--load"});
  const Json plugins = parse_json(json.out, "stdout")["plugins"];
  CHECK(plugins[0]["state"] == "loaded");
}

TEST_CASE("a broken plugin is listed with its reason and the good one still works") {
  const auto result = run_program({kProgram, "--plugin-dir", test::build_path("tests/bad_plugins").string(),
                                   "--plugin-dir", kTinyPlugin, "plugins", "--json", "--load"});
  CHECK(result.status == 0);
  const Json plugins = parse_json(result.out, "stdout")["plugins"];
  int refused = 0, tiny_loaded = 0;
  for (const Json& plugin : plugins) {
    if (plugin["state"] == "refused") {
      ++refused;
      CHECK_FALSE(plugin["refusal"]["code"].get<std::string>().empty());
    }
    if (plugin["state"] == "loaded" &&
        plugin["manifest"].get<std::string>().find("/tiny/") != std::string::npos) {
      ++tiny_loaded;
    }
  }
  CHECK(refused >= 15);
  CHECK(tiny_loaded == 1);
}

TEST_CASE("what host settings say about a plugin is listed, whether a flag or the environment names them") {
  const TempDir dir;
  std::string settings = "settings: 1\ndisable: [org.modelhost.tests.tiny]\npin: {org.modelhost.tests.tiny: ";
  settings.append(64, '0');
  settings += "}\nnarrow: {tiny: {_supports_assign_param_buffer: false}}\n";
  const std::string file = dir.write("host.yaml", settings).string();
  const auto listed =
      run_program({kProgram, "--settings", file, "--plugin-dir", kTinyPlugin, "plugins", "--json"});
  const Json json = parse_json(listed.out, "stdout");
  CHECK(json["settings"]["file"] == file);
  CHECK(json["settings"]["trial"]["seconds"] == 10);
  const Json& tiny = json["plugins"][0];
  CHECK(tiny["state"] == "refused");
  CHECK(tiny["refusal"]["code"] == "P204");
  CHECK(tiny["policy"]["pinned"] == std::string(64, '0'));
  CHECK(tiny["policy"]["narrowed"]["tiny"][0] == "_supports_assign_param_buffer");
  const auto text =
      run_program({kProgram, "--plugin-dir", kTinyPlugin, "plugins"}, "", {"MODELHOST_SETTINGS=" + file});
  CHECK(text.out.find("settings: " + file) != std::string::npos);
  CHECK(text.out.find("P204") != std::string::npos);
  CHECK(run_program({kProgram, "--settings", (dir / "none").string(), "plugins"}).status == 2);
  const auto bad =
      run_program({kProgram, "--settings", dir.write("bad.yaml", "settings: 1\npins: {}\n"), "plugins"});
  CHECK(bad.status == 1);
  CHECK(bad.err.find("did you mean pin?") != std::string::npos);
}

TEST_CASE("completion scripts are accepted by their shell") {
  const auto script = run_program({kProgram, "completion", "bash"});
  CHECK(script.out.find("--format") != std::string::npos);
  CHECK(run_program({"bash", "-n"}, script.out).status == 0);
  const std::string probe =
      script.out +
      "\nCOMP_WORDS=(modelhost ru); COMP_CWORD=1; _modelhost; echo \"${COMPREPLY[@]}\""
      "\nCOMP_WORDS=(modelhost run --fo); COMP_CWORD=2; _modelhost; echo \"${COMPREPLY[@]}\""
      "\nCOMP_WORDS=(modelhost run --format j); COMP_CWORD=3; _modelhost; echo \"${COMPREPLY[@]}\""
      "\nCOMP_WORDS=(modelhost convert a b --to s); COMP_CWORD=5; _modelhost; echo \"${COMPREPLY[@]}\""
      "\nCOMP_WORDS=(modelhost prune-heads a b --to b); COMP_CWORD=5; _modelhost; echo \"${COMPREPLY[@]}\""
      "\nCOMP_WORDS=(modelhost inspect m --hea); COMP_CWORD=3; _modelhost; echo \"${COMPREPLY[@]}\""
      "\nCOMP_WORDS=(modelhost verify --v); COMP_CWORD=2; _modelhost; echo \"${COMPREPLY[@]}\"";
  CHECK(run_program({"bash"}, probe).out == "run\n--format\njsonl\nsafetensors\nbin\n--heads\n--values\n");
}

}  // namespace
}  // namespace modelhost

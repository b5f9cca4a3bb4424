// What plugins may do to the program: crash, hang, print, leave threads behind; and plugins that come while
// it runs.
#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <map>
#include <sstream>

#include "modelhost/base/json.h"
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

std::map<std::string, std::string> refusals(const std::string& json) {
  std::map<std::string, std::string> codes;
  const Json listed = parse_json(json, "stdout");
  for (const Json& plugin : listed.at("plugins")) {
    if (plugin.contains("refusal")) codes[plugin["id"]] = plugin["refusal"]["code"];
  }
  return codes;
}

TEST_CASE("plugins that crash, exit, hang and print in their trial are listed, and the list is clean") {
  const TempDir dir;
  const std::string settings = dir.write("host.yaml", "settings: 1\ntrial: {seconds: 3}\n").string();
  const std::vector<std::string> command = {kProgram,
                                            "--settings",
                                            settings,
                                            "--plugin-dir",
                                            test::build_path("tests/quarantined_plugins").string(),
                                            "plugins",
                                            "--json"};
  std::vector<std::string> loading = command;
  loading.emplace_back("--load");
  const std::vector<std::string> cache = {"XDG_CACHE_HOME=" + dir.path().string()};
  const std::map<std::string, std::string> expected = {
      {"org.modelhost.tests.aborts-on-opening", "P401"},
      {"org.modelhost.tests.throws-on-opening", "P401"},
      {"org.modelhost.tests.exits-on-opening", "P401"},
      {"org.modelhost.tests.crashes-on-registration", "P401"},
      {"org.modelhost.tests.hangs-on-opening", "P402"},
      {"org.modelhost.tests.hangs-on-registration", "P402"}};
  const auto first = run_program(loading, "", cache);
  CHECK(first.status == 0);
  CHECK(refusals(first.out) == expected);
  const auto again = run_program(command, "", cache);  // what is known is told without opening anything
  CHECK(refusals(again.out) == expected);
  CHECK(parse_json(again.out, "stdout")["plugins"][0]["trial"] == "failed");
}

TEST_CASE("threads, statics and handlers that a plugin leaves behind do not change how the program ends") {
  const std::string plugin = test::build_path("tests/colliding_plugins/threads_at_exit").string();
  for (int i = 0; i < 3; ++i) {
    const auto result = run_program({kProgram, "--plugin-dir", plugin, "plugins", "--load", "--json"});
    CHECK(result.status == 0);
    CHECK(parse_json(result.out, "stdout")["plugins"][0]["state"] == "loaded");
  }
}

// A model of the tiny plugin that can embed.
void write_tiny_model(const TempDir& dir) {
  dir.write("model/config.json", R"({"model_type": "tiny", "architectures": ["TinyModel"]})");
  dir.write("model/tokenizer.json",
            R"({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
    "normalizer": null, "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": null, "decoder": null,
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "hello": 1, "world": 2}}})");
  const std::vector<float> values(64, 0.5F);
  auto tensor = [&values](const std::string& name, std::vector<int64_t> shape, std::size_t count) {
    return TensorToWrite{{name, Dtype::kF32, std::move(shape), 0, 0},
                         std::as_bytes(std::span(values).first(count))};
  };
  write_safetensors(dir / "model/model.safetensors",
                    {tensor("embeddings.weight", {16, 4}, 64), tensor("projection.weight", {4, 4}, 16),
                     tensor("projection.bias", {4}, 4)});
}

// The program, waiting for texts.
class WaitingProgram {
 public:
  WaitingProgram(const TempDir& dir, const std::vector<std::string>& arguments) : dir_(dir) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    input_ = ends[1];
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(ends[0], STDIN_FILENO);
      for (const auto& [fd, name] : {std::pair{STDOUT_FILENO, "out"}, std::pair{STDERR_FILENO, "err"}})
        ::dup2(::open((dir.path() / name).c_str(), O_WRONLY | O_CREAT, 0600), fd);
      std::vector<char*> argv;
      for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
      argv.push_back(nullptr);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(ends[0]);
  }

  /// Waits until it would note a SIGHUP instead of dying of it. False when it ended before.
  bool notes_hangups() const {
    while (true) {
      std::istringstream status(test::read_bytes("/proc/" + std::to_string(child_) + "/status"));
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with("State:") && line.find('Z') != std::string::npos) return false;
        if (!line.starts_with("SigCgt:")) continue;
        if ((std::stoull(line.substr(7), nullptr, 16) >> (SIGHUP - 1) & 1) != 0) return true;
      }
      ::usleep(10'000);
    }
  }
  void hang_up() const { ::kill(child_, SIGHUP); }

  /// Gives it `text` and its end, and returns its exit status.
  int finish(const std::string& text) {
    REQUIRE(::write(input_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(input_);
    int status = 0;
    ::waitpid(child_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  std::string said(const char* where) const { return test::read_bytes(dir_.path() / where); }

 private:
  const TempDir& dir_;
  pid_t child_ = -1;
  int input_ = -1;
};

TEST_CASE("host settings that a flag names count for every command that loads a model") {
  const TempDir dir;
  write_tiny_model(dir);
  const std::string settings = dir.write("host.yaml", "settings: 1\ndisable: [tiny]\n").string();
  const std::string config = dir.write("run.yaml", "run: 1\nmodel: model\ntask: embed\n").string();
  const std::string model = dir / "model", out = dir / "out";
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"run", config, "--set", "input.texts=[hello]"},
           {"forward", model, "--input", model + "/model.safetensors", "--output", out},
           {"inspect", model, "--heads", "--text", "hello"},
           {"prune-heads", model, out, "--heads", R"({"0": [0]})"},
           {"resize-embeddings", model, out, "--size", "20"}}) {
    std::vector<std::string> arguments = {kProgram, "--settings", settings, "--plugin-dir",
                                          test::build_path("tests/plugins/tiny").string()};
    arguments.insert(arguments.end(), command.begin(), command.end());
    const auto result = run_program(arguments);
    CAPTURE(command.front(), result.err);
    CHECK(result.status == 1);
    CHECK(result.err.find("P204") != std::string::npos);
  }
}

TEST_CASE("a plugin that is added while the program waits for texts is found after a SIGHUP") {
  const TempDir dir;
  write_tiny_model(dir);
  fs::create_directories(dir / "plugins");
  const std::string config =
      dir.write("run.yaml", "run: 1\nmodel: model\ntask: embed\noutput: {format: jsonl}\n").string();
  const std::vector<std::string> command = {
      kProgram, "--plugin-dir", (dir / "plugins").string(), "run", config, "--input", "-"};
  WaitingProgram program(dir, command);
  REQUIRE(program.notes_hangups());
  fs::copy(test::build_path("tests/plugins/tiny"), dir / "plugins/tiny");
  program.hang_up();
  CHECK(program.finish("hello world\n") == 0);
  CHECK(parse_json(program.said("out"), "stdout")["text"] == "hello world");
  CHECK(program.said("err").find("looked for plugins again") != std::string::npos);
}

}  // namespace
}  // namespace modelhost

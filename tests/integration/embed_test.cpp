// modelhost run as its users meet it, on a small model made on the spot.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <sstream>

#include "modelhost/base/json.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/host/host.h"
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

const std::vector<std::string> kFewTexts = {"a man eats food.", "the woman is eating", "hello world"};

// A directory with a model in it, and a run config.
struct Place {
  TempDir dir;
  fs::path model = test::write_text_model(dir / "model");
  std::string config = dir.write("run.yaml",
                                 "run: 1\nmodel: model\ntask: embed\noptions:\n  batch_size: 2\n"
                                 "input:\n  texts: [a man eats food., the woman is eating, hello world]\n"
                                 "output: {format: table}\n");

  test::ProgramResult run(std::vector<std::string> arguments = {}, const std::string& input = "") const {
    arguments.insert(arguments.begin(),
                     {kProgram, "--plugin-dir", test::kCompletePlugin.string(), "run", config});
    return test::run_program(arguments, input);
  }

  at::Tensor vectors() const {
    host::Host host({{test::kCompletePlugin}, {}, {}, {}});
    return host.load_embedder(model).embed(kFewTexts);
  }
};

bool mentions(const test::ProgramResult& result, const std::string& text) {
  return result.err.find(text) != std::string::npos;
}

TEST_CASE("the program gives the library's embeddings as jsonl and as npy") {
  const Place place;
  const at::Tensor wanted = place.vectors();
  const auto jsonl = place.run({"--format", "jsonl"});
  REQUIRE(jsonl.status == 0);
  std::istringstream lines(jsonl.out);
  int64_t row = 0;
  for (std::string line; std::getline(lines, line); ++row) {
    const Json json = parse_json(line, "stdout");
    CHECK(json["text"] == kFewTexts.at(static_cast<std::size_t>(row)));
    const auto values = json["embedding"].get<std::vector<float>>();
    REQUIRE(values.size() == 12);
    for (int64_t i = 0; i < 12; ++i) REQUIRE(std::abs(values[i] - wanted[row][i].item<float>()) < 1e-5);
  }
  CHECK(row == 3);

  const std::string file = place.dir / "e.npy",
                    input = kFewTexts[0] + "\n" + kFewTexts[1] + "\n" + kFewTexts[2] + "\n";
  REQUIRE(place.run({"--input", "-", "--format", "npy", "--output", file}, input).status == 0);
  const std::string npy = read_text_file(file, 1 << 20);
  REQUIRE(npy.starts_with("\x93NUMPY"));
  const std::size_t header =
      10 + static_cast<unsigned char>(npy[8]) + 256 * static_cast<unsigned char>(npy[9]);
  CHECK(header % 64 == 0);
  REQUIRE(npy.size() == header + wanted.nbytes());
  std::vector<float> values(static_cast<std::size_t>(wanted.numel()));
  std::memcpy(values.data(), npy.data() + header, wanted.nbytes());
  for (int64_t i = 0; i < wanted.numel(); ++i)
    REQUIRE(std::abs(values[i] - wanted.view({-1})[i].item<float>()) < 1e-5);
}

TEST_CASE("the table is for people: texts, numbers, nothing of the log") {
  const auto result = Place().run();
  CHECK(result.status == 0);
  CHECK(result.out.starts_with("cosine similarity of 3 texts, 12 dimensions\n"));
  CHECK(result.out.find("a man eats food.") != std::string::npos);
  CHECK(result.out.find("loaded") == std::string::npos);
  CHECK(mentions(result, "loaded"));
}

TEST_CASE("an output replaces files only: links are followed, pipes written into, other files left alone") {
  const Place place;
  const TempDir dir;
  const auto target = dir.write("target", "old");
  const auto bystander = dir.write("link.part", "mine");
  std::filesystem::permissions(target, std::filesystem::perms::owner_all);
  std::filesystem::create_symlink("target", dir / "link");
  const auto run = [&](const std::string& name) {
    return place.run({"--format", "jsonl", "--input", "-", "--output", (dir / name).string()}, "hello\n");
  };
  CHECK(run("link").status == 0);
  CHECK(std::filesystem::is_symlink(dir / "link"));
  CHECK(read_text_file(target, 1 << 20).starts_with("{\"text\": \"hello\""));
  CHECK(std::filesystem::status(target).permissions() == std::filesystem::perms::owner_all);
  CHECK(read_text_file(bystander, 100) == "mine");

  const std::string pipe = (dir / "pipe").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = ::open(pipe.c_str(), O_RDWR | O_NONBLOCK);  // the program need not wait for one
  CHECK(run("pipe").status == 0);
  CHECK(std::filesystem::is_fifo(pipe));
  char first = 0;
  CHECK(::read(reader, &first, 1) == 1);
  CHECK(first == '{');
  ::close(reader);

  std::filesystem::create_directory(dir / "folder");
  const auto refused = run("folder");
  CHECK(refused.status == 1);
  CHECK(refused.err.find("error IO103") != std::string::npos);
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 5);
}

TEST_CASE("a length without room for special tokens names the setting that asks for it") {
  const Place place;
  const auto result = place.run({"--set", "options.max_length=1"});
  CHECK(result.status == 1);
  CHECK(mentions(result, "run.yaml"));
  CHECK(mentions(result, "options.max_length"));
  place.dir.write("model/sentence_bert_config.json", R"({"max_seq_length": 1})");
  const auto own = place.run();
  CHECK(mentions(own, "sentence_bert_config.json"));
  CHECK(mentions(own, "max_seq_length"));
}

TEST_CASE("ids beyond the model's vocabulary lead to the tokenizer that made them") {
  const Place place;
  Json tokenizer = test::text_model_tokenizer();
  tokenizer["model"]["vocab"]["hello"] = 40000;
  place.dir.write("model/tokenizer.json", tokenizer.dump());
  const auto result = place.run({"--input", "-"}, "hello\n");
  CHECK(result.status == 1);
  for (const char* text : {"M101", "40000", "tokenizer"}) CHECK(mentions(result, text));
}

TEST_CASE("text that is not UTF-8 is an error naming the line and the byte") {
  const auto result = Place().run({"--input", "-"}, "fine\nbad \xff byte\n");
  CHECK(result.status == 1);
  CHECK(result.out.empty());
  CHECK(mentions(result, "T104"));
  CHECK(mentions(result, "standard input:2"));
}

TEST_CASE("the README shows the example that is compiled") {
  const std::string example =
      read_text_file(test::source_path("tests/host/readme_example.cpp").string(), 1 << 20);
  const std::string readme = read_text_file(test::source_path("README.md").string(), 1 << 20);
  CHECK(readme.find("```cpp\n" + example + "```") != std::string::npos);
}

}  // namespace
}  // namespace modelhost

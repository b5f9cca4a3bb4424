// The whole house on the real model, against what sentence-transformers gave.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <fstream>
#include <sstream>

#include "modelhost/base/json.h"
#include "modelhost/files/json_file.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/formats/safetensors/safetensors_reader.h"
#include "modelhost/host/host.h"
#include "modelhost/load/tensor_bytes.h"
#include "support/minilm.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

using test::kProgram;
using test::kTexts;
using test::minilm_dir;
using test::run_program;
using test::TempDir;

const std::string kConfig = test::source_path("configs/embed.yaml").string();

std::vector<std::string> texts() {
  std::ifstream in(kTexts);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

at::Tensor expected() {
  SafetensorsReader reader(test::source_path("tests/goldens/minilm/embeddings.safetensors"));
  return tensor_over(reader.tensors().front(), reader.bytes(reader.tensors().front()));
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST_CASE("embeddings of the real model agree with sentence-transformers, batched or one by one") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  host::Host host;
  host::SentenceEmbedder embedder = host.load_embedder(minilm_dir());
  CHECK(embedder.load_report().bytes_copied == 0);
  for (const int64_t batch_size : {1, 5, 32})
    CHECK(difference(embedder.embed(texts(), batch_size), expected()) < 1e-5);
}

TEST_CASE("the program gives the same embeddings as jsonl and as npy") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const auto jsonl = run_program({kProgram, "run", kConfig, "--input", kTexts, "--format", "jsonl"});
  REQUIRE(jsonl.status == 0);
  const at::Tensor golden = expected();
  std::istringstream lines(jsonl.out);
  int64_t row = 0;
  for (std::string line; std::getline(lines, line); ++row) {
    const Json json = parse_json(line, "stdout");
    CHECK(json["text"] == texts().at(static_cast<std::size_t>(row)));
    const auto values = json["embedding"].get<std::vector<float>>();
    REQUIRE(values.size() == 384);
    for (int64_t i = 0; i < 384; ++i) REQUIRE(std::abs(values[i] - golden[row][i].item<float>()) < 1e-5);
  }
  CHECK(row == golden.size(0));

  const test::TempDir dir;
  const std::string file = (dir.path() / "e.npy").string();
  REQUIRE(run_program({kProgram, "run", kConfig, "--input", "-", "--format", "npy", "--output", file},
                      read_text_file(kTexts, 1 << 20))
              .status == 0);
  const std::string npy = read_text_file(file, 1 << 20);
  REQUIRE(npy.starts_with("\x93NUMPY"));
  const std::size_t header =
      10 + static_cast<unsigned char>(npy[8]) + 256 * static_cast<unsigned char>(npy[9]);
  CHECK(header % 64 == 0);
  REQUIRE(npy.size() == header + golden.nbytes());
  std::vector<float> values(static_cast<std::size_t>(golden.numel()));
  std::memcpy(values.data(), npy.data() + header, golden.nbytes());
  for (int64_t i = 0; i < golden.numel(); ++i) {
    REQUIRE(std::abs(values[i] - golden.view({-1})[i].item<float>()) < 1e-5);
  }
}

TEST_CASE("the table is for people: texts, numbers, nothing of the log") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const auto result = run_program({kProgram, "run", kConfig});
  CHECK(result.status == 0);
  CHECK(result.out.starts_with("cosine similarity of 8 texts, 384 dimensions\n"));
  CHECK(result.out.find("A man is eating food.") != std::string::npos);
  CHECK(result.out.find("loaded") == std::string::npos);
  CHECK(result.err.find("loaded") != std::string::npos);
}

// A copy of the real model; `changed` is written instead of the model's own.
void copy_minilm(const TempDir& dir, const std::string& changed, const std::string& text) {
  std::filesystem::copy(minilm_dir(), dir.path(), std::filesystem::copy_options::recursive);
  dir.write(changed, text);
}

TEST_CASE("an output replaces files only: links are followed, pipes written into, other files left alone") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const TempDir dir;
  const auto target = dir.write("target", "old");
  const auto bystander = dir.write("link.part", "mine");
  std::filesystem::permissions(target, std::filesystem::perms::owner_all);
  std::filesystem::create_symlink("target", dir / "link");
  const auto run = [&](const std::string& name) {
    return run_program(
        {kProgram, "run", kConfig, "--format", "jsonl", "--input", "-", "--output", (dir / name).string()},
        "hello\n");
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

TEST_CASE("a model that asks for lower case gets it before its tokenizer") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  Json tokenizer = read_json_file(minilm_dir() / "tokenizer.json");
  tokenizer["normalizer"] = nullptr;  // its own normalizer would lower the text as well
  const TempDir cased;
  copy_minilm(cased, "tokenizer.json", tokenizer.dump());
  host::Host host;
  const auto difference = [&](const std::filesystem::path& model) {
    host::SentenceEmbedder embedder = host.load_embedder(model);
    const at::Tensor both = embedder.embed({"a man is eating", "A MAN Is Eating"});
    return (both[0] - both[1]).abs().max().item<float>();
  };
  CHECK(difference(cased.path()) > 0.01F);
  cased.write("sentence_bert_config.json", R"({"max_seq_length": 256, "do_lower_case": true})");
  CHECK(difference(cased.path()) == 0.0F);
}

TEST_CASE("a length without room for special tokens names the setting that asks for it") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const auto result = run_program({kProgram, "run", kConfig, "--set", "options.max_length=1"});
  CHECK(result.status == 1);
  CHECK(result.err.find("embed.yaml") != std::string::npos);
  CHECK(result.err.find("options.max_length") != std::string::npos);
  const TempDir dir;
  copy_minilm(dir, "sentence_bert_config.json", R"({"max_seq_length": 1})");
  const auto own = run_program({kProgram, "run", kConfig, "--model", dir.path().string()});
  CHECK(own.err.find("sentence_bert_config.json") != std::string::npos);
  CHECK(own.err.find("max_seq_length") != std::string::npos);
}

TEST_CASE("ids beyond the model's vocabulary lead to the tokenizer that made them") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  Json tokenizer = read_json_file(minilm_dir() / "tokenizer.json");
  tokenizer["model"]["vocab"]["hello"] = 40000;
  const TempDir dir;
  copy_minilm(dir, "tokenizer.json", tokenizer.dump());
  const auto result =
      run_program({kProgram, "run", kConfig, "--model", dir.path().string(), "--input", "-"}, "hello\n");
  CHECK(result.status == 1);
  CHECK(result.err.find("M101") != std::string::npos);
  CHECK(result.err.find("40000") != std::string::npos);
  CHECK(result.err.find("tokenizer") != std::string::npos);
}

TEST_CASE("text that is not UTF-8 is an error naming the line and the byte") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const auto result = run_program({kProgram, "run", kConfig, "--input", "-"}, "fine\nbad \xff byte\n");
  CHECK(result.status == 1);
  CHECK(result.out.empty());
  CHECK(result.err.find("T104") != std::string::npos);
  CHECK(result.err.find("standard input:2") != std::string::npos);
}

TEST_CASE("the example in the README runs, and the README shows just this file") {
  const std::string example =
      read_text_file(test::source_path("tests/host/readme_example.cpp").string(), 1 << 20);
  const std::string readme = read_text_file(test::source_path("README.md").string(), 1 << 20);
  CHECK(readme.find("```cpp\n" + example + "```") != std::string::npos);
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const auto result = run_program({test::build_path("bin/readme_example").string(), minilm_dir().string()});
  CHECK(result.status == 0);
  CHECK(result.out.starts_with("[2, 384] similarity 0."));
}

}  // namespace
}  // namespace modelhost

// The whole house on the real model, against what sentence-transformers gave.
#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <fstream>
#include <sstream>

#include "modelhost/base/json.h"
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

TEST_CASE("the example config shows a table for people: texts, numbers, nothing of the log") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const auto result = run_program({kProgram, "run", kConfig});
  CHECK(result.status == 0);
  CHECK(result.out.starts_with("cosine similarity of 8 texts, 384 dimensions\n"));
  CHECK(result.out.find("A man is eating food.") != std::string::npos);
  CHECK(result.out.find("loaded") == std::string::npos);
  CHECK(result.err.find("loaded") != std::string::npos);
}

TEST_CASE("the example in the README runs") {
  if (minilm_dir().empty()) SKIP("the real model is not there: run ./tools/setup");
  const auto result = run_program({test::build_path("bin/readme_example").string(), minilm_dir().string()});
  CHECK(result.status == 0);
  CHECK(result.out.starts_with("[2, 384] similarity 0."));
}

}  // namespace
}  // namespace modelhost

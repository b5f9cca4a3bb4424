#include "program/run/run_config.h"

#include <catch2/catch_test_macros.hpp>

#include "support/error_of.h"
#include "support/temp_dir.h"

namespace modelhost::host {
namespace {

using test::code_of;
using test::error_of;
using test::TempDir;

constexpr const char* kSmall = "run: 1\nmodel: models/a\ntask: embed\n";

TEST_CASE("a small run config has the documented defaults") {
  const TempDir dir;
  const RunConfig config = load_run_config(dir.write("run.yaml", kSmall));
  CHECK(config.file == dir / "run.yaml");
  CHECK(config.model == dir / "models/a");
  CHECK(config.task == "embed");
  CHECK(config.options.batch_size == 32);
  CHECK(config.options.dtype == "auto");
  CHECK(config.options.attention == "sdpa");
  CHECK(config.options.device == "cpu");
  CHECK(config.options.threads == 0);
  CHECK(config.options.read_mode == ReadMode::kAuto);
  CHECK(config.options.variant.empty());
  CHECK_FALSE(config.options.max_length.has_value());
  CHECK_FALSE(config.architecture.has_value());
  CHECK(config.input.texts.empty());
  CHECK(config.output.format == "table");
}

TEST_CASE("every key of a run config is read") {
  const TempDir dir;
  const RunConfig config = load_run_config(dir.write("sub/run.yaml", R"(
run: 1
model: ../model
task: embed
architecture: BertForMaskedLM
plugin_dirs: [plugins, /opt/plugins]
options: {batch_size: 8, threads: 2, dtype: bfloat16, attention: eager, device: cpu, variant: fp16, read_mode: parallel, max_length: 64, normalize: false,
  pooling: cls}
input: {file: texts.txt}
output: {format: npy, path: out/e.npy}
)"));
  CHECK(config.model == dir / "model");
  CHECK(config.architecture == "BertForMaskedLM");
  CHECK(config.plugin_dirs == std::vector<std::filesystem::path>{dir / "sub/plugins", "/opt/plugins"});
  CHECK(config.options.batch_size == 8);
  CHECK(config.options.threads == 2);
  CHECK(config.options.dtype == "bfloat16");
  CHECK(config.options.attention == "eager");
  CHECK(config.options.variant == "fp16");
  CHECK(config.options.read_mode == ReadMode::kParallel);
  CHECK(config.options.max_length == 64);
  CHECK(config.options.normalize == false);
  CHECK(config.options.pooling == "cls");
  CHECK(config.input.file == dir / "sub/texts.txt");
  CHECK(config.output.format == "npy");
  CHECK(config.output.path == dir / "sub/out/e.npy");
}

TEST_CASE("overrides act before anything is checked") {
  const TempDir dir;
  const auto file = dir.write("run.yaml", "run: 1\nmodel: a\ntask: 5\noptions: {batch_size: none}\n");
  const RunConfig config =
      load_run_config(file, {"task=embed", "options.batch_size=4", "input.texts=[one, two]", "model=b"});
  CHECK(config.task == "embed");
  CHECK(config.options.batch_size == 4);
  CHECK(config.input.texts == std::vector<std::string>{"one", "two"});
  CHECK(config.model == dir / "b");
  CHECK(code_of([&] { load_run_config(file); }) == "R104");
  const auto good = dir.write("good.yaml", kSmall);
  CHECK(error_of([&] { load_run_config(good, {"options.batchsize=4"}); }).file() ==
        "--set options.batchsize");
}

TEST_CASE("a model given by the caller replaces the file's and is relative to the working directory") {
  const TempDir dir;
  const auto file = dir.write("run.yaml", "run: 1\ntask: embed\n");
  CHECK(load_run_config(file, {}, "some/model").model == std::filesystem::current_path() / "some/model");
  CHECK(code_of([&] { load_run_config(file); }) == "R102");
}

TEST_CASE("unusable run configs are refused with the right code") {
  const TempDir dir;
  auto code = [&](const std::string& text) {
    return code_of([&] { load_run_config(dir.write("run.yaml", text)); });
  };
  const std::string small = kSmall;
  CHECK(code("") == "R104");
  CHECK(code("[]") == "R104");
  CHECK(code("run: 1\nmodel: a\n") == "R102");
  CHECK(code("model: a\ntask: embed\n") == "R102");
  CHECK(code("run: 2\nmodel: a\ntask: embed\n") == "R104");
  CHECK(code("run: 1\nmodel: ''\ntask: embed\n") == "R104");
  CHECK(code(small + "optoins: {}\n") == "R103");
  CHECK(code(small + "options: {batch_size: 0}\n") == "R104");
  CHECK(code(small + "options: {dtype: int8}\n") == "R104");
  CHECK(code(small + "options: {read_mode: mmap}\n") == "R104");
  CHECK(code(small + "options: {pooling: sum}\n") == "R104");
  CHECK(code(small + "input: {texts: [a], file: b}\n") == "R104");
  CHECK(code(small + "input: {texts: [1]}\n") == "R104");
  CHECK(code(small + "output: {format: npz}\n") == "R104");
  CHECK(code(small + "output: {format: xml}\n") == "R104");
  CHECK(code(small + "task: embed\n") == "R101");
  CHECK(code_of([&] { load_run_config(dir / "none.yaml"); }) == "IO101");
}

}  // namespace
}  // namespace modelhost::host

#include "program/run/run_config.h"

#include <catch2/catch_test_macros.hpp>

#include "support/error_of.h"
#include "support/temp_dir.h"

namespace modelhost::host {
namespace {

using test::code_of;
using test::error_of;
using test::TempDir;

constexpr const char* kSmall = "run: 1\nmodel: some/model/a\ntask: embed\n";

TEST_CASE("a small run config has the documented defaults") {
  const TempDir dir;
  const RunConfig config = load_run_config(dir.write("run.yaml", kSmall));
  CHECK(config.file == dir / "run.yaml");
  CHECK(config.model.local() == dir / "some/model/a");
  CHECK(config.task_name == "embed");
  CHECK(config.task);
  CHECK_FALSE(config.load.dtype.has_value());
  CHECK(config.load.attn_implementation == AttentionImplementation::kSdpa);
  CHECK(config.load.device == at::kCPU);
  CHECK(config.threads == 0);
  CHECK(config.load.read_mode == ReadMode::kAuto);
  CHECK(config.load.variant.empty());
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
  CHECK(config.model.local() == dir / "model");
  CHECK(config.architecture == "BertForMaskedLM");
  CHECK(config.plugin_dirs == std::vector<std::filesystem::path>{dir / "sub/plugins", "/opt/plugins"});
  CHECK(config.threads == 2);
  CHECK(config.load.dtype == at::kBFloat16);
  CHECK(config.load.attn_implementation == AttentionImplementation::kEager);
  CHECK(config.load.variant == "fp16");
  CHECK(config.load.read_mode == ReadMode::kParallel);
  CHECK(config.input.file == dir / "sub/texts.txt");
  CHECK(config.output.format == "npy");
  CHECK(config.output.path == dir / "sub/out/e.npy");
}

TEST_CASE("overrides act before anything is checked") {
  const TempDir dir;
  const auto file = dir.write("run.yaml", "run: 1\nmodel: a\ntask: 5\noptions: {threads: none}\n");
  const RunConfig config =
      load_run_config(file, {"task=embed", "options.threads=4", "input.texts=[one, two]", "model=b"});
  CHECK(config.task_name == "embed");
  CHECK(config.threads == 4);
  CHECK(config.input.texts == std::vector<std::string>{"one", "two"});
  CHECK(config.model.local() == dir / "b");
  CHECK(code_of([&] { load_run_config(file); }) == "R104");
  const auto good = dir.write("good.yaml", kSmall);
  CHECK(error_of([&] { load_run_config(good, {"options.batchsize=4"}); }).file() ==
        "--set options.batchsize");
}

TEST_CASE("a model given by the caller replaces the file's") {
  const TempDir dir;
  const auto file = dir.write("run.yaml", "run: 1\ntask: embed\n");
  CHECK(load_run_config(file, {}, dir / "model").model == ModelSource(dir / "model"));
  CHECK(code_of([&] { load_run_config(file); }) == "R102");
}

TEST_CASE("a model of a hub is known by its name, where no directory has it") {
  const TempDir dir;
  const auto file = dir.write("run.yaml", "run: 1\nmodel: owner/name@v1\ntask: embed\n");
  const ModelSource model = load_run_config(file).model;
  REQUIRE(model.hub().has_value());
  CHECK(*model.hub() == HubModel{"owner/name", "v1"});
  CHECK(code_of([&] { model.local(); }) == "IO105");
  dir.write("owner/name@v1/config.json", "{}");
  CHECK(model.local() == dir / "owner/name@v1");
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
  CHECK(code("run: 1\nmodel: a\ntask: embedd\n") == "R104");
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

TEST_CASE("an option that neither the task nor every task has is named with its line and the nearest one") {
  const TempDir dir;
  const auto file = dir.write("run.yaml", std::string(kSmall) + "options:\n  poolng: cls\n");
  const Error error = error_of([&] { load_run_config(file); });
  CHECK(error.code() == "R103");
  CHECK(error.file() == file.string());
  CHECK(error.line() == 5);
  CHECK(error.key() == "options.\"poolng\"");
  CHECK(error.fix() == "did you mean pooling?");
  for (const char* known : {"threads", "dtype", "batch_size", "normalize"})
    CHECK(error.expected().find(known) != std::string::npos);
}

TEST_CASE("a task that is not there is named beside those that are") {
  const TempDir dir;
  const auto file = dir.write("run.yaml", "run: 1\nmodel: a\ntask: embedd\n");
  const Error error = error_of([&] { load_run_config(file); });
  CHECK(error.key() == "task");
  CHECK(error.expected() == "embed");
  CHECK(error.got() == "\"embedd\"");
}

}  // namespace
}  // namespace modelhost::host

#include "modelhost/formats/verify_checkpoint.h"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "modelhost/base/error_codes.h"
#include "modelhost/files/file_writer.h"
#include "modelhost/formats/checkpoint_names.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "modelhost/formats/shard_index.h"
#include "modelhost/formats/torch_bin/bin_writer.h"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::TempDir;
using Names = std::vector<std::string>;

// Tensors [2] of F32 with value 1.
void write_weights(const fs::path& path, const Names& names, const SharedData& shared = {}, float value = 1) {
  fs::create_directories(path.parent_path());
  fs::remove(path);
  std::vector<TensorInfo> infos;
  for (const std::string& name : names) infos.push_back({name, Dtype::kF32, {2}, 0, 8});
  std::vector<float> data(2, value);
  const auto fetch = [&data](const TensorInfo&) {
    return TensorBytes{std::as_writable_bytes(std::span(data)), nullptr};
  };
  FileWriter out(path);
  if (path.extension() == ".bin") {
    write_bin(out, path.stem(), infos, fetch, shared);
  } else {
    write_safetensors(out, infos, {{"format", "pt"}}, fetch);
  }
  out.finish();
}

// config.json and two shards with their index.
void write_sharded(const TempDir& dir, WeightsFormat format = WeightsFormat::kSafetensors) {
  const CheckpointNames names("", format);
  dir.write("m/config.json", R"({"model_type": "x"})");
  write_weights(dir / "m" / names.shard(1, 2), {"a", "b"});
  write_weights(dir / "m" / names.shard(2, 2), {"c"});
  dir.write(
      "m/" + names.index(),
      shard_index_text({{"a", names.shard(1, 2)}, {"b", names.shard(1, 2)}, {"c", names.shard(2, 2)}}, 6, 24));
}

const std::string kFirst = "model-00001-of-00002.safetensors", kSecond = "model-00002-of-00002.safetensors",
                  kIndex = "model.safetensors.index.json";

VerifyReport verify(const TempDir& dir, bool values = false) {
  VerifyOptions options;
  options.values = values;
  return verify_checkpoint(dir / "m", options);
}

// "error check file tensor", one for each finding.
Names found(const VerifyReport& report) {
  Names lines;
  for (const Finding& finding : report.findings) {
    std::string line = std::string(severity_name(finding.severity)) + " " + finding.check;
    if (!finding.file.empty()) line += " " + finding.file;
    if (!finding.key.empty()) line += " " + finding.key;
    lines.push_back(line);
  }
  return lines;
}

Names found(const TempDir& dir, bool values = false) {
  return found(verify(dir, values));
}

TEST_CASE("whole checkpoints are clean, in one file and in shards, of either format") {
  for (const WeightsFormat format : {WeightsFormat::kSafetensors, WeightsFormat::kBin}) {
    const TempDir dir;
    write_sharded(dir, format);
    VerifyReport report = verify(dir, true);
    CHECK(report.findings.empty());
    CHECK(report.clean());
    CHECK(report.files == 2);
    CHECK(report.tensors == 3);
    CHECK(report.bytes == 24);
    const TempDir single;
    single.write("m/config.json", R"({"model_type": "x", "dtype": "float32"})");
    single.write("m/tokenizer.json", "{}");
    write_weights(single / "m" / CheckpointNames("", format).single(), {"a"});
    write_weights(single / "m" / CheckpointNames("fp16", format).single(), {"a"});
    report = verify(single, true);
    CHECK(report.findings.empty());
    CHECK(report.files == 2);
  }
}

TEST_CASE("index and shards are compared in both directions, and everything is listed") {
  const TempDir dir;
  write_sharded(dir);
  write_weights(dir / "m" / kFirst,
                {"a", "extra", "c"});  // lacks b, has one of its own and one of the other's
  CHECK(found(dir) == Names{"error tensor-missing " + kIndex + " b",
                            "error tensor-not-indexed " + kFirst + " extra",
                            "warning tensor-twice " + kFirst + " c"});
  fs::remove(dir / "m" / kSecond);
  write_weights(dir / "m/model-00003-of-00003.safetensors", {"z"});
  CHECK(found(dir) == Names{"error shard-missing " + kSecond, "error tensor-missing " + kIndex + " b",
                            "error tensor-not-indexed " + kFirst + " extra",
                            "warning tensor-twice " + kFirst + " c",
                            "warning stale-shard model-00003-of-00003.safetensors"});
}

TEST_CASE("totals of the index are compared with the files") {
  const TempDir dir;
  write_sharded(dir);
  const auto with_metadata = [&](const std::string& metadata) {
    dir.write("m/" + kIndex, R"({"metadata": )" + metadata + R"(, "weight_map": {"a": ")" + kFirst +
                                 R"(", "b": ")" + kFirst + R"(", "c": ")" + kSecond + "\"}}");
    return found(dir);
  };
  CHECK(with_metadata("{}").empty());
  CHECK(with_metadata(R"({"total_size": 24.0, "total_parameters": 5})").empty());
  CHECK(with_metadata(R"({"total_size": 25})") == Names{"warning index-total " + kIndex});
  CHECK(with_metadata(R"({"total_size": 24, "total_parameters": 7})") ==
        Names{"warning index-total " + kIndex});
  CHECK(with_metadata(R"({"total_size": "24"})") == Names{"warning index-total " + kIndex});
  CHECK(with_metadata(R"({"total_size": -24})") == Names{"warning index-total " + kIndex});
  CHECK(with_metadata("[]") == Names{"warning index-metadata " + kIndex});
}

TEST_CASE("what no load would read is told") {
  const TempDir dir;
  write_sharded(dir);
  write_weights(dir / "m/model.safetensors", {"a"});
  CHECK(found(dir) == Names{"warning index-ignored " + kIndex});
  fs::remove(dir / "m" / kIndex);
  CHECK(found(dir) == Names{"warning stale-shard " + kFirst, "warning stale-shard " + kSecond});
  fs::remove(dir / "m/model.safetensors");
  CHECK(found(dir) == Names{"error shard-without-index " + kFirst, "error shard-without-index " + kSecond});
}

TEST_CASE("the names of shards promise how many there are") {
  const TempDir dir;
  dir.write("m/config.json", R"({"model_type": "x"})");
  write_weights(dir / "m/model-00001-of-00003.safetensors", {"a"});
  dir.write("m/" + kIndex, shard_index_text({{"a", "model-00001-of-00003.safetensors"}}, 2, 8));
  CHECK(found(dir) == Names{"warning shard-count model-00001-of-00003.safetensors"});
}

TEST_CASE("damaged files carry the code of their error and do not hide other findings") {
  const TempDir dir;
  write_sharded(dir);
  fs::resize_file(dir / "m" / kFirst, fs::file_size(dir / "m" / kFirst) - 1);
  dir.write("m/pytorch_model.bin", "rubbish");
  dir.write("m/config.json", "{");
  write_weights(dir / "m/model-00009-of-00009.safetensors", {"z"});
  const VerifyReport report = verify(dir, true);
  CHECK(found(report) == Names{"error file-damaged " + kFirst + " b", "error file-damaged pytorch_model.bin",
                               "error config-damaged config.json",
                               "warning stale-shard model-00009-of-00009.safetensors"});
  CHECK(report.findings[0].code.starts_with("S1"));
  CHECK(report.findings[1].code == codes::kBinUnsupported.id);
  CHECK(report.findings[2].code == codes::kJsonSyntax.id);
  CHECK(report.files == 2);
}

TEST_CASE("an index that is no index or leaves the directory is told") {
  const TempDir dir;
  write_sharded(dir);
  for (const char* text :
       {"", "[]", "{}", R"({"weight_map": []})", R"({"weight_map": {"a": 1}})", "\xff\xfe"}) {
    dir.write("m/" + kIndex, text);
    const Names lines = found(dir);
    CAPTURE(text);
    REQUIRE_FALSE(lines.empty());
    CHECK(lines.front().starts_with("error index-damaged " + kIndex));
  }
  dir.write("m/" + kIndex,
            R"({"weight_map": {"a": "../x.safetensors", "b": "/etc/passwd", "c": ")" + kSecond + "\"}}");
  const VerifyReport report = verify(dir);
  CHECK(found(report) == Names{"error shard-unsafe " + kIndex + " weight_map",
                               "error shard-unsafe " + kIndex + " weight_map",
                               "warning stale-shard " + kFirst, "warning shard-count " + kSecond});
  CHECK(report.findings[0].code == codes::kCheckpointUnsafeName.id);
}

TEST_CASE("leftovers of saves are reported and not repaired") {
  const TempDir dir;
  write_sharded(dir);
  dir.write("m/.modelhost-txn-12-0123456789abcdef/new/model.safetensors", "x");
  dir.write("m/model.safetensors.12.stage", "x");
  dir.write(".m.12-0123456789abcdef.stage/model.safetensors", "x");
  dir.write(".m.other", "x");
  dir.write(".mm.12-0123456789abcdef.stage/x", "x");
  CHECK(found(dir) == Names{"warning leftover .modelhost-txn-12-0123456789abcdef",
                            "warning leftover model.safetensors.12.stage",
                            "warning leftover ../.m.12-0123456789abcdef.stage"});
  CHECK(fs::exists(dir / "m/.modelhost-txn-12-0123456789abcdef/new/model.safetensors"));
  CHECK(fs::exists(dir / ".m.12-0123456789abcdef.stage"));
}

TEST_CASE("pipes, dangling links and directories in place of files are findings, and nothing blocks") {
  const TempDir dir;
  dir.write("m/README.md", "x");
  fs::create_directory(dir / "m/model.safetensors");
  REQUIRE(::mkfifo((dir / "m/pytorch_model.bin").c_str(), 0600) == 0);
  REQUIRE(::mkfifo((dir / "m/pipe").c_str(), 0600) == 0);
  REQUIRE(::mkfifo((dir / "m/config.json").c_str(), 0600) == 0);
  fs::create_symlink("nowhere", dir / "m/vocab.txt");
  fs::create_symlink("model.fp16.safetensors", dir / "m/model.fp16.safetensors");
  const Names lines = found(dir, true);
  CHECK(std::ranges::count(lines, "error file-damaged model.safetensors") == 1);
  CHECK(std::ranges::count(lines, "error file-damaged pytorch_model.bin") == 1);
  CHECK(std::ranges::count(lines, "error file-damaged model.fp16.safetensors") == 1);
  CHECK(std::ranges::count(lines, "error config-damaged config.json") == 1);
  CHECK(std::ranges::count(lines, "warning no-file pipe") == 1);
  CHECK(std::ranges::count(lines, "warning no-file vocab.txt") == 1);
}

TEST_CASE("links that leave the directory are told, those of a hub cache into its blobs are usual") {
  const TempDir dir;
  dir.write("elsewhere/config.json", R"({"model_type": "x"})");
  write_weights(dir / "elsewhere/model.safetensors", {"a"});
  fs::create_directories(dir / "m");
  for (const char* name : {"config.json", "model.safetensors"}) {
    fs::create_symlink(dir / "elsewhere" / name, dir / "m" / name);
  }
  CHECK(found(dir) == Names{"error link-outside model.safetensors", "warning link-outside config.json"});
  const fs::path snapshot = dir / "hub/snapshots/1";
  fs::create_directories(snapshot);
  fs::create_directories(dir / "hub/blobs");
  for (const char* name : {"config.json", "model.safetensors"}) {
    fs::copy(dir / "elsewhere" / name, dir / "hub/blobs" / name);
    fs::create_symlink(fs::path("../../blobs") / name, snapshot / name);
  }
  CHECK(found(verify_checkpoint(snapshot)).empty());
}

TEST_CASE("whatever is changed in the files of a checkpoint, verifying ends with findings or without") {
  const TempDir dir;
  write_sharded(dir);
  write_weights(dir / "m/pytorch_model.bin", {"a", "b"}, {{"b", "a"}});
  dir.write("m/config.json", R"({"model_type": "x", "tie_word_embeddings": true, "dtype": "float32"})");
  const Names names = {kFirst, kIndex, "pytorch_model.bin", "config.json"};
  uint32_t random = 1;
  const auto next = [&random](std::size_t limit) {
    random = random * 1664525 + 1013904223;
    return (random >> 8) % limit;
  };
  // A new file: cutting off an old one would wait for the disk.
  const auto replace = [&dir](const std::string& name, const std::string& bytes) {
    fs::remove(dir.path() / name);
    dir.write(name, bytes);
  };
  std::size_t with_findings = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "m/" + names[next(names.size())], whole = test::read_bytes(dir.path() / name);
    std::string changed = whole;
    for (std::size_t n = next(3); n < 3; ++n) {
      const std::size_t at = next(changed.size());
      switch (next(4)) {
        case 0:
          changed[at] = static_cast<char>(next(256));
          break;
        case 1:
          changed[at] = static_cast<char>(changed[at] ^ 1 << next(8));
          break;
        case 2:
          changed.resize(at + 1);
          break;
        default:
          changed.insert(at, changed.substr(next(changed.size()), next(9)));
      }
    }
    replace(name, changed);
    with_findings += verify(dir, true).clean() ? 0 : 1;
    replace(name, whole);
  }
  CHECK(with_findings > 1000);
  CHECK(verify(dir, true).clean());
}

TEST_CASE("a directory without weights, and one without a config, are told apart from no directory") {
  const TempDir dir;
  dir.write("m/weights.xyz", "x");
  CHECK(found(dir) ==
        Names{"error no-weights", "error config-missing config.json", "note unknown-file weights.xyz"});
  CHECK(test::code_of([&] { verify_checkpoint(dir / "absent"); }) == codes::kNoSuchDirectory.id);
  CHECK(test::code_of([&] { verify_checkpoint(dir / "m/weights.xyz"); }) == codes::kNoSuchDirectory.id);
}

TEST_CASE("tied weights are compared with what the config says") {
  const TempDir dir;
  const auto config = [&](const char* text) { dir.write("m/config.json", text); };
  config(R"({"model_type": "x", "tie_word_embeddings": true})");
  write_weights(dir / "m/pytorch_model.bin", {"wte.weight", "lm_head.weight"},
                {{"lm_head.weight", "wte.weight"}});
  CHECK(found(dir) == Names{"note shared-data pytorch_model.bin lm_head.weight"});
  write_weights(dir / "m/pytorch_model.bin", {"wte.weight", "lm_head.weight"});
  CHECK(found(dir) == Names{"note tied-twice pytorch_model.bin lm_head.weight"});
  CHECK(verify(dir).clean());
  fs::remove(dir / "m/pytorch_model.bin");
  write_weights(dir / "m" / kFirst, {"model.embed_tokens.weight"});
  write_weights(dir / "m" / kSecond, {"lm_head.weight"}, {}, 2);
  dir.write("m/" + kIndex,
            shard_index_text({{"model.embed_tokens.weight", kFirst}, {"lm_head.weight", kSecond}}, 4, 16));
  CHECK(found(dir) == Names{"warning tied-differ " + kSecond + " lm_head.weight"});
  config(R"({"model_type": "x", "tie_word_embeddings": false})");
  CHECK(found(dir).empty());
}

TEST_CASE("a config that contradicts the weights or names no type is told") {
  const TempDir dir;
  write_sharded(dir);
  dir.write("m/config.json", R"({"torch_dtype": "bfloat16"})");
  CHECK(found(dir) == Names{"warning config-no-model-type config.json", "note config-dtype config.json"});
  dir.write("m/config.json", "[]");
  CHECK(found(dir) == Names{"error config-damaged config.json"});
}

TEST_CASE("numbers that are not finite and wrong checksums are found when data is read") {
  const TempDir dir;
  dir.write("m/config.json", R"({"model_type": "x"})");
  write_weights(dir / "m/model.safetensors", {"bad"}, {}, std::numeric_limits<float>::infinity());
  write_weights(dir / "m/pytorch_model.bin", {"a"});
  std::string bytes = test::read_bytes(dir / "m/pytorch_model.bin");
  bytes[bytes.find(std::string("\0\0\x80\x3f", 4))] = 1;
  dir.write("m/pytorch_model.bin", bytes);
  CHECK(found(dir).empty());
  const VerifyReport report = verify(dir, true);
  CHECK(found(report) ==
        Names{"error checksum pytorch_model.bin", "warning non-finite model.safetensors bad"});
  CHECK(report.findings[0].code == codes::kZipMalformed.id);
}

}  // namespace
}  // namespace modelhost

#include "modelhost/formats/read_mode.h"

#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <thread>

#include "base/system_memory.h"
#include "formats/file_source.h"
#include "formats/piecewise_read.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/formats/safetensors/safetensors_reader.h"
#include "safetensors_bytes.h"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::code_of;
using test::TempDir;

constexpr std::array kModes{ReadMode::kMap, ReadMode::kParallel, ReadMode::kSequential};
constexpr uint64_t kGigabyte = 1'000'000'000;

std::string pattern_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 13);
  return bytes;
}

TEST_CASE("read modes have names") {
  for (const auto mode : {ReadMode::kAuto, ReadMode::kMap, ReadMode::kParallel, ReadMode::kSequential})
    CHECK(read_mode_from_name(read_mode_name(mode)) == mode);
  CHECK_FALSE(read_mode_from_name("mmap").has_value());
}

TEST_CASE("auto maps local files, reads those of a network, and maps what memory cannot hold") {
  constexpr int64_t kExt = 0xEF53, kNfs = 0x6969, kSmb2 = 0xFE534D42, kFuse = 0x65735546;
  CHECK(choose_read_mode({kExt, kGigabyte, 8 * kGigabyte}) == ReadMode::kMap);
  CHECK(choose_read_mode({0, kGigabyte, 8 * kGigabyte}) == ReadMode::kMap);
  CHECK(choose_read_mode({kNfs, kGigabyte, 8 * kGigabyte}) == ReadMode::kParallel);
  CHECK(choose_read_mode({kSmb2, kGigabyte, 8 * kGigabyte}) == ReadMode::kParallel);
  CHECK(choose_read_mode({static_cast<int32_t>(kSmb2), kGigabyte, 8 * kGigabyte}) == ReadMode::kParallel);
  CHECK(choose_read_mode({kFuse, kGigabyte, 8 * kGigabyte}) == ReadMode::kSequential);
  CHECK(choose_read_mode({kNfs, 7 * kGigabyte, 8 * kGigabyte}) == ReadMode::kMap);
  CHECK(choose_read_mode({kFuse, kGigabyte, 0}) == ReadMode::kMap);
}

TEST_CASE("the machine has memory, and not more of it available than there is") {
  CHECK(physical_memory() > (uint64_t{64} << 20));
  CHECK(available_memory() > 0);
  CHECK(available_memory() <= physical_memory());
}

TEST_CASE("every mode and use gives the same bytes, at any offset and size") {
  const TempDir dir;
  const std::string bytes = pattern_bytes((std::size_t{9} << 20) + 123);
  const fs::path path = dir.write("f", bytes);
  const std::vector<FileRange> ranges = {{0, 0},    {0, 1},         {1, 5000},         {4096, 4096},
                                         {4095, 2}, {100, 9 << 20}, {bytes.size(), 0}, {bytes.size() - 7, 7}};
  for (const ReadMode mode : kModes) {
    for (const BytesUse use : {BytesUse::kKeep, BytesUse::kOnce}) {
      FileSource source(path, mode);
      CHECK(source.mode() == mode);
      uint64_t reported = 0, wanted = 0;
      const auto all = source.fetch(ranges, use, [&](uint64_t count) { reported += count; });
      REQUIRE(all.size() == ranges.size());
      for (std::size_t i = 0; i < ranges.size(); ++i) {
        CAPTURE(read_mode_name(mode), i);
        REQUIRE(all[i].data.size() == ranges[i].size);
        CHECK((ranges[i].size == 0 ||
               std::memcmp(all[i].data.data(), bytes.data() + ranges[i].begin, ranges[i].size) == 0));
        wanted += ranges[i].size;
      }
      CHECK(reported == wanted);
    }
  }
}

TEST_CASE("writing to bytes of any mode reaches neither the file nor other bytes of it") {
  const TempDir dir;
  const fs::path path = dir.write("f", pattern_bytes(10000));
  for (const ReadMode mode : kModes) {
    FileSource source(path, mode);
    const FileRange range{10, 100};
    const auto once = source.fetch({&range, 1}, BytesUse::kOnce, {});
    std::memset(once[0].data.data(), 0x55, 100);
    CHECK(static_cast<char>(source.fetch({&range, 1}, BytesUse::kOnce, {})[0].data[0]) ==
          pattern_bytes(10000)[10]);
  }
  CHECK(test::read_bytes(path) == pattern_bytes(10000));
}

TEST_CASE("a file that is cut while it is read is a typed error in the modes that read") {
  const TempDir dir;
  const fs::path path = dir.write("f", pattern_bytes(std::size_t{24} << 20));
  for (const ReadMode mode : {ReadMode::kParallel, ReadMode::kSequential}) {
    FileSource source(path, mode);
    fs::resize_file(path, 10000);
    const std::vector<FileRange> ranges = {{0, 5000}, {5000, std::size_t{20} << 20}};
    const Error error = test::error_of([&] { source.fetch(ranges, BytesUse::kKeep, {}); });
    CHECK(error.code() == codes::kFileUnreadable.id);
    CHECK(error.file() == path.string());
    CHECK(error.message().find("cut while") != std::string::npos);
    fs::resize_file(path, std::size_t{24} << 20);
  }
}

TEST_CASE("an input error of the system is a typed error with its reason") {
  const auto file = InputFile::open("/proc/self/mem");  // a regular file; nothing is mapped at address 0
  std::byte byte{};
  const Error error = test::error_of([&] { file->read({&byte, 1}, 0); });
  CHECK(error.code() == codes::kFileUnreadable.id);
  CHECK(error.message().find("Input/output error") != std::string::npos);
  std::vector<std::byte> many(64);
  std::vector<ReadPiece> pieces;
  append_pieces(pieces, {many, 0}, 1);
  CHECK(pieces.size() == 64);
  CHECK(code_of([&] { read_pieces(*file, pieces, 8, {}); }) == codes::kFileUnreadable.id);
}

TEST_CASE("what a progress callback throws stops the reading and comes out") {
  const TempDir dir;
  FileSource source(dir.write("f", pattern_bytes(1000)), ReadMode::kParallel);
  const FileRange range{0, 1000};
  CHECK_THROWS_AS(
      source.fetch({&range, 1}, BytesUse::kKeep, [](uint64_t) { throw std::runtime_error("stop"); }),
      std::runtime_error);
}

TEST_CASE("a sparse tensor that no machine can hold is an error, not an allocation") {
  const TempDir dir;
  const fs::path path =
      dir.write("t.safetensors",
                test::safetensors_bytes(
                    R"({"a":{"dtype":"U8","shape":[8796093022208],"data_offsets":[0,8796093022208]}})", 0));
  fs::resize_file(path, fs::file_size(path) + (uint64_t{8} << 40));
  for (const ReadMode mode : {ReadMode::kParallel, ReadMode::kSequential}) {
    SafetensorsReader reader(path, mode);
    CHECK(code_of([&] { reader.bytes(*reader.find("a")); }) == codes::kFileTooLarge.id);
  }
}

TEST_CASE("bad headers are the same errors in every mode") {
  const TempDir dir;
  const std::string good = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})";
  const std::vector<std::pair<std::string, std::string>> files = {
      {"", "S101"},
      {"abc", "S101"},
      {std::string(8, '\xff'), "S102"},
      {std::string("\x40\0\0\0\0\0\0\0", 8), "S101"},
      {test::safetensors_bytes("[]", 0), "S103"},
      {test::safetensors_bytes(good, 3), "S101"},
      {test::safetensors_bytes(good, 5), "S107"},
      {test::safetensors_bytes(good, 4), "none"},
  };
  for (std::size_t i = 0; i < files.size(); ++i) {
    const fs::path path = dir.write(std::to_string(i) + ".safetensors", files[i].first);
    for (const ReadMode mode : kModes) {
      CAPTURE(i, read_mode_name(mode));
      CHECK(code_of([&] { SafetensorsReader(path, mode); }) == files[i].second);
    }
  }
}

TEST_CASE("many threads find tensors and read them at once") {
  const TempDir dir;
  SafetensorsReader reader(
      dir.write("t.safetensors",
                test::safetensors_bytes(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                                        R"("b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
                                        8)),
      ReadMode::kParallel);
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const TensorBytes bytes = reader.bytes(*reader.find("b"));
        if (bytes.data[0] == std::byte{4} && !reader.find("c")) ++right;
      });
    }
  }
  CHECK(right == 8);
}

TEST_CASE("variants and use_safetensors choose among the files of a directory") {
  const TempDir dir;
  const std::string one =
      test::safetensors_bytes(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1);
  dir.write("model.fp16.safetensors", one);
  dir.write("model.safetensors.index.v.json",
            R"({"weight_map": {"a": "model.v-00001-of-00001.safetensors"}})");
  dir.write("model.v-00001-of-00001.safetensors", one);
  auto opened = [&](const CheckpointOptions& options) {
    return open_checkpoint(dir.path(), options)->files().front().filename();
  };
  CHECK(opened({"fp16"}) == "model.fp16.safetensors");
  CHECK(opened({"v"}) == "model.v-00001-of-00001.safetensors");
  const Error error = test::error_of([&] { opened({}); });
  CHECK(error.code() == codes::kCheckpointMissing.id);
  CHECK(error.got().find("model.fp16.safetensors") != std::string::npos);
  CHECK(test::error_of([&] {
          opened({"fp16", false});
        }).expected() == "pytorch_model.fp16.bin, pytorch_model.bin.index.fp16.json");
  CHECK(code_of([&] { opened({"../x"}); }) == codes::kSaveOption.id);
}

}  // namespace
}  // namespace modelhost

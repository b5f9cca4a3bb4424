// Checkpoints that try to leave their directory, or whose parts do not belong together. Each is a clear error
// before any weight is changed. Where a file outside is named, it holds just the right tensors: only the
// refusal stands between it and the model.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <functional>

#include "modelhost/files/json_file.h"
#include "modelhost/load/load_sharded_checkpoint.h"
#include "save/save_support.h"
#include "support/error_of.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::filled_model;
using test::TempDir;

constexpr const char* kIndex = "model.safetensors.index.json";
constexpr const char* kFirst = "model-00001-of-00002.safetensors";
constexpr const char* kSecond = "model-00002-of-00002.safetensors";
constexpr const char* kSingle = "model.safetensors";

struct Case {
  std::string name;
  std::string codes;                            // those that may come, in one text
  std::function<void(const fs::path& m)> edit;  // of a whole checkpoint in two shards
};

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

Json index_of(const fs::path& m) {
  return read_json_file(m / kIndex);
}

void set_index(const fs::path& m, const Json& index) {
  write(m / kIndex, index.dump());
}

// The index with every tensor of the first shard under another file name.
Case named(const std::string& name, const std::string& file, const std::string& code = "K103") {
  return {name, code, [file](const fs::path& m) {
            Json index = index_of(m);
            const std::string target = file == "<absolute>" ? (m.parent_path() / "outside").string() : file;
            for (auto& [key, value] : index["weight_map"].items()) {
              if (value == kFirst) value = target;
            }
            set_index(m, index);
          }};
}

// `file` becomes a link to `target`, which is relative to the model directory.
Case linked(const std::string& name, const std::string& file, const std::string& target,
            const std::string& code = "K103") {
  return {name, code, [file, target](const fs::path& m) {
            fs::remove(m / file);
            fs::create_symlink(target == "<absolute>" ? m.parent_path() / "outside" : fs::path(target),
                               m / file);
          }};
}

Case replaced(const std::string& name, const std::string& file, const std::string& code,
              const std::function<void(const fs::path& file)>& make) {
  return {name, code, [file, make](const fs::path& m) {
            fs::remove_all(m / file);
            make(m / file);
          }};
}

Case index_is(const std::string& name, const std::string& text, const std::string& code = "K104") {
  return {name, code, [text](const fs::path& m) { write(m / kIndex, text); }};
}

Case index_edit(const std::string& name, const std::string& code,
                const std::function<void(Json& index)>& edit) {
  return {name, code, [edit](const fs::path& m) {
            Json index = index_of(m);
            edit(index);
            set_index(m, index);
          }};
}

Case bytes_edit(const std::string& name, const std::string& code,
                const std::function<void(std::string&)>& edit) {
  return {name, code, [edit](const fs::path& m) {
            std::string bytes = test::read_bytes(m / kSecond);
            edit(bytes);
            write(m / kSecond, bytes);
          }};
}

void make_fifo(const fs::path& file) {
  REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
}

void make_socket(const fs::path& file) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(file.string().size() < sizeof address.sun_path);
  std::strncpy(address.sun_path, file.c_str(), sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  ::close(fd);
}

void make_directory(const fs::path& file) {
  fs::create_directory(file);
}

std::vector<Case> names_in_index() {
  return {
      named("the parent directory", "../outside"),
      named("the parent directory twice over", "./../outside"),
      named("up and down again", "../m/model-00001-of-00002.safetensors"),
      named("an absolute path", "<absolute>"),
      named("a device by its path", "/dev/zero"),
      named("a file of the system", "/etc/hostname"),
      named("a subdirectory", "sub/outside"),
      named("the directory itself", "."),
      named("the directory above", ".."),
      named("no name", ""),
      named("a backslash", "..\\outside"),
      named("a drive", "C:\\outside"),
      named("a NUL in the name", std::string("outside\0x", 9)),
      named("a URL", "file:///etc/hostname"),
      named("a trailing slash", "model-00001-of-00002.safetensors/"),
      named("a shard that is not there", "absent.safetensors", "IO101"),
      named("a name of 300 characters", std::string(300, 'x'), "IO101"),
      named("the index itself", kIndex, "S101 S102 S103"),
      named("the config", "config.json", "S101 S102 S103"),
  };
}

std::vector<Case> links() {
  return {
      linked("a shard that is a link out", kFirst, "../outside"),
      linked("a shard that is an absolute link out", kFirst, "<absolute>"),
      linked("a shard that is a link to a device", kFirst, "/dev/zero"),
      linked("a shard that is a link to a process file", kFirst, "/proc/self/mem"),
      linked("a shard that is a link to itself", kFirst, kFirst, "K103 IO101"),
      linked("a shard that is a link to nothing inside", kFirst, "absent", "IO101"),
      linked("a shard that is a link to nothing outside", kFirst, "../absent"),
      linked("a shard that is a link into a foreign blobs folder", kFirst, "../blobs/abc"),
      linked("a shard that is a link to the directory", kFirst, ".", "K103 IO102"),
      {"a shard that is a link to a link out", "K103",
       [](const fs::path& m) {
         fs::remove(m / kFirst);
         fs::create_symlink("../outside", m / "hop");
         fs::create_symlink("hop", m / kFirst);
       }},
      {"a shard behind a folder that is a link out", "K103",
       [](const fs::path& m) {
         fs::create_symlink("..", m / "sub");
         fs::remove(m / kFirst);
         fs::create_symlink("sub/outside", m / kFirst);
       }},
      linked("an index that is a link out", kIndex, "../outside.json"),
  };
}

std::vector<Case> file_kinds() {
  return {
      replaced("a FIFO in place of a shard", kFirst, "IO102", make_fifo),
      replaced("a FIFO in place of the last shard", kSecond, "IO102", make_fifo),
      replaced("a FIFO in place of the index", kIndex, "IO102", make_fifo),
      replaced("a socket in place of a shard", kFirst, "IO101 IO102", make_socket),
      replaced("a directory in place of a shard", kFirst, "IO102", make_directory),
      replaced("a directory in place of the index", kIndex, "IO102", make_directory),
      replaced("an empty shard", kSecond, "S101", [](const fs::path& file) { write(file, ""); }),
      replaced("a shard that is gone", kSecond, "IO101", [](const fs::path&) {}),
      replaced("a sparse shard of 8 TB without a header", kSecond, "S103",
               [](const fs::path& file) {
                 write(file, std::string("\x10\0\0\0\0\0\0\0", 8));
                 fs::resize_file(file, uint64_t{8} << 40);
               }),
  };
}

std::vector<Case> contradictions() {
  return {
      index_is("an index without a map", R"({"metadata": {}})"),
      index_is("an index that is a list", "[]"),
      index_is("an index with an empty map", R"({"weight_map": {}})"),
      index_is("an index whose map is a list", R"({"weight_map": ["embed.weight"]})"),
      index_is("an index that is cut", R"({"weight_map": {"embed.weight": "model-0)", "J101"),
      index_is("an index that is empty", "", "J101"),
      index_is("a key twice in the index",
               R"({"weight_map": {"scale": "model-00001-of-00002.safetensors", "scale": "x"}})", "J102"),
      index_is("an index nested a million deep", R"({"weight_map": )" + std::string(1000000, '['),
               "J101 J103"),
      index_edit("a file name that is a number", "K104",
                 [](Json& index) { index["weight_map"]["scale"] = 1; }),
      index_edit("a file name that is a list", "K104",
                 [](Json& index) { index["weight_map"]["scale"] = {kFirst}; }),
      index_edit("a tensor that its shard lacks", "K104",
                 [](Json& index) { index["weight_map"]["ghost"] = kFirst; }),
      index_edit("a tensor said to be in the other shard", "K104",
                 [](Json& index) { index["weight_map"]["embed.weight"] = kSecond; }),
      index_edit("a numbered shard that the index leaves out", "K104",
                 [](Json& index) {
                   std::vector<std::string> gone;
                   for (const auto& [key, file] : index["weight_map"].items()) {
                     if (file == kSecond) gone.push_back(key);
                   }
                   for (const std::string& key : gone) index["weight_map"].erase(key);
                 }),
      index_edit("a shard of another set", "K104 IO101",
                 [](Json& index) { index["weight_map"]["ghost"] = "model-00003-of-00003.safetensors"; }),
      bytes_edit("a shard that is cut", "S101", [](std::string& bytes) { bytes.pop_back(); }),
      bytes_edit("a shard with bytes behind its data", "S107", [](std::string& bytes) { bytes += "x"; }),
      bytes_edit("a shard with an impossible header size", "S102",
                 [](std::string& bytes) { bytes.replace(0, 8, 8, '\xff'); }),
      bytes_edit("a shard with another tensor's name", "K104 S103",
                 [](std::string& bytes) { bytes.replace(bytes.find("dense.weight"), 12, "dense.wright"); }),
      bytes_edit("a shard with another shape", "S107",
                 [](std::string& bytes) { bytes.replace(bytes.find("[4,4]"), 5, "[4,9]"); }),
      bytes_edit("a shard whose shape the model has not", "L101",
                 [](std::string& bytes) { bytes.replace(bytes.find("[4,4]"), 5, "[2,8]"); }),
      bytes_edit("a shard with another dtype", "S105",
                 [](std::string& bytes) { bytes.replace(bytes.find("\"F32\""), 5, "\"Q42\""); }),
  };
}

void make_checkpoint(const TempDir& dir) {
  SaveOptions options;
  options.max_shard_size = 130;
  save_pretrained(*filled_model(100), dir / "m", options);
  REQUIRE(fs::exists(dir / (std::string("m/") + kSecond)));
  for (const char* outside : {"outside", "m/sub/outside", "blobs/abc"}) {
    fs::create_directories((dir / outside).parent_path());
    fs::copy_file(dir.path() / "m" / kFirst, dir / outside);
  }
  fs::copy_file(dir.path() / "m" / kIndex, dir / "outside.json");
  fs::remove_all(dir / "m/sub");
}

void check(const Case& item, const TempDir& original) {
  CAPTURE(item.name);
  const TempDir dir;
  fs::copy(original.path(), dir.path(), fs::copy_options::recursive);
  item.edit(dir / "m");
  const auto model = filled_model(1), before = filled_model(1);
  const Error error = test::error_of([&] { load_sharded_checkpoint(*model, dir / "m", /*strict=*/false); });
  CAPTURE(item.codes, error.what());
  CHECK(item.codes.find(std::string(error.code())) != std::string::npos);
  CHECK(std::string(error.what()).size() < 2000);
  CHECK(test::same_weights(*model, *before));
  CHECK(item.codes.find(test::code_of([&] { test::load(dir / "m", {}); })) != std::string::npos);
}

TEST_CASE("sharded checkpoints that leave their directory or contradict themselves change no weight") {
  const TempDir original;
  make_checkpoint(original);
  std::size_t count = 0;
  for (const auto& cases : {names_in_index(), links(), file_kinds(), contradictions()}) {
    for (const Case& item : cases) check(item, original);
    count += cases.size();
  }
  CHECK(count >= 40);
}

TEST_CASE("the untouched checkpoint of the hostile cases loads") {
  const TempDir dir;
  make_checkpoint(dir);
  const auto model = filled_model(1);
  load_sharded_checkpoint(*model, dir / "m");
  CHECK(test::same_weights(*model, *filled_model(100)));
}

TEST_CASE("a single weights file that is no file or leaves its directory is refused") {
  const TempDir dir;
  save_pretrained(*filled_model(100), dir / "m");
  fs::copy_file(dir / "m/model.safetensors", dir / "outside");
  const std::vector<Case> cases = {
      linked("a link out", kSingle, "../outside"),
      linked("an absolute link out", kSingle, "<absolute>"),
      linked("a link to a device", kSingle, "/dev/zero"),
      replaced("a FIFO", kSingle, "IO102", make_fifo),
      replaced("a directory", kSingle, "IO102", make_directory),
      replaced("a socket", kSingle, "IO101 IO102", make_socket),
      replaced("a FIFO in place of the config", "config.json", "IO102", make_fifo),
      replaced("a directory in place of the config", "config.json", "IO102", make_directory),
  };
  for (const Case& item : cases) {
    CAPTURE(item.name);
    const TempDir copy;
    fs::copy(dir.path(), copy.path(), fs::copy_options::recursive);
    item.edit(copy / "m");
    CHECK(item.codes.find(test::code_of([&] { test::load(copy / "m", {}); })) != std::string::npos);
  }
  const TempDir elsewhere;  // a link that the caller names is the caller's own choice
  fs::create_symlink(dir / "m/model.safetensors", elsewhere / "weights.safetensors");
  fs::copy_file(dir / "m/config.json", elsewhere / "config.json");
  CHECK(test::load(elsewhere / "weights.safetensors").report.complete());
}

// <repository>/snapshots/<revision>/ holds links to <repository>/blobs/<hash>.
void make_hub_cache(const TempDir& dir, const fs::path& model, const std::string& to_blobs) {
  fs::create_directories(dir / "repository/blobs");
  fs::create_directories(model);
  int number = 0;
  for (const auto& entry : fs::directory_iterator(dir / "m")) {
    const std::string blob = "hash" + std::to_string(number++);
    fs::copy_file(entry.path(), dir.path() / "repository" / "blobs" / blob);
    fs::create_symlink(to_blobs + blob, model / entry.path().filename());
  }
}

TEST_CASE("a hub cache of links into its own blobs loads, also from a subfolder") {
  for (const bool sharded : {false, true}) {
    const TempDir dir;
    SaveOptions options;
    if (sharded) options.max_shard_size = 130;
    save_pretrained(*filled_model(100), dir / "m", options);
    const fs::path revision = dir / "repository/snapshots/0123";
    make_hub_cache(dir, revision, "../../blobs/");
    CHECK(test::same_weights(*test::load(revision).model, *filled_model(100)));
    fs::remove_all(dir / "repository/blobs");
    make_hub_cache(dir, revision / "unet", "../../../blobs/");
    CHECK(test::same_weights(*test::load(revision, {.subfolder = "unet"}).model, *filled_model(100)));
  }
}

}  // namespace
}  // namespace modelhost

// Saves to be stopped in the middle: what was there before, what is saved, and what must be there afterwards.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <functional>

#include "modelhost/files/atomic_directory.h"
#include "save_support.h"
#include "support/fault_shim.h"

// After everything of LibTorch, whose logging has a CHECK of its own: that one ends the program.
#include <catch2/catch_test_macros.hpp>

namespace modelhost::test {

namespace fs = std::filesystem;
using Model = std::shared_ptr<PreTrainedModel>;
using Act = std::function<void(const fs::path&)>;

inline constexpr uint64_t kOneFile = 1000, kShards = 50;  // four shards
inline constexpr std::array kForeign{"README.md", "tokenizer.json", "notes/deep/a.txt"};

struct Scenario {
  std::string name;
  Model old_model;  // none: there is no checkpoint
  Model new_model;
  Act prepare;         // leaves a directory that loads as old_model
  Act act;             // what is stopped; makes it load as new_model
  bool empty = false;  // the directory is there, and empty
};

/// The formats that a save writes.
enum class Writer { kSafetensors, kBin };
inline constexpr std::array kWriters{Writer::kSafetensors, Writer::kBin};

inline void save(const Model& model, const fs::path& directory, uint64_t shard_size,
                 Writer writer = Writer::kSafetensors) {
  SaveOptions options;
  options.max_shard_size = shard_size;
  options.safe_serialization = writer == Writer::kSafetensors;
  save_pretrained(*model, directory, options);
}

inline void save_by_journal(const Model& model, const fs::path& directory, uint64_t shard_size,
                            Writer writer = Writer::kSafetensors) {
  fault_set_exchange_error(EINVAL);
  try {
    save(model, directory, shard_size, writer);
  } catch (...) {
    fault_set_exchange_error(0);
    throw;
  }
  fault_set_exchange_error(0);
}

/// Whether there is this model, or (null) none at all. Finishes an interrupted save first, as loading does.
inline bool loads_as(const Model& model, const fs::path& directory) {
  if (!fs::exists(directory)) return !model;
  recover_directory(directory);
  const auto is_of_a_model = [](const fs::directory_entry& entry) {
    return !entry.path().filename().string().starts_with(".modelhost-txn-");
  };
  if (!model) return std::ranges::none_of(fs::directory_iterator(directory), is_of_a_model);
  return fs::exists(directory / "config.json") && same_weights(*load(directory).model, *model);
}

inline void write_foreign_files(const fs::path& directory) {
  for (const std::string name : kForeign) {
    fs::create_directories((directory / name).parent_path());
    std::ofstream(directory / name) << name;
  }
}

inline bool has_foreign_files(const fs::path& directory) {
  return std::ranges::all_of(kForeign,
                             [&](const std::string name) { return read_bytes(directory / name) == name; });
}

inline void start(const Scenario& scenario, const fs::path& directory) {
  if (scenario.old_model) write_foreign_files(directory);
  if (scenario.empty) fs::create_directory(directory);
  scenario.prepare(directory);
}

/// The scenarios for one writer and one way of publishing.
inline std::vector<Scenario> save_scenarios(Writer writer, bool journal) {
  const Model a = filled_model(10), b = filled_model(200), wide = filled_model(300, 9);
  const auto before = [writer](const Model& model, uint64_t size) {
    return [=](const fs::path& directory) { save(model, directory, size, writer); };
  };
  const auto act = [=](const Model& model, uint64_t size) -> Act {
    if (!journal) return before(model, size);
    return [=](const fs::path& directory) { save_by_journal(model, directory, size, writer); };
  };
  const auto nothing = [](const fs::path&) {};
  const std::string how = std::string(journal ? "journal" : "exchange") +
                          (writer == Writer::kSafetensors ? ", safetensors: " : ", bin: ");
  return {
      {how + "shards over shards", a, b, before(a, kShards), act(b, kShards)},
      {how + "one file over shards", a, b, before(a, kShards), act(b, kOneFile)},
      {how + "shards over one file", a, b, before(a, kOneFile), act(b, kShards)},
      {how + "one file over one file", a, b, before(a, kOneFile), act(b, kOneFile)},
      {how + "a new vocabulary", a, wide, before(a, kShards), act(wide, kShards)},
      {how + "into an empty directory", nullptr, b, nothing, act(b, kShards), true},
      {how + "into a new directory", nullptr, b, nothing, act(b, kShards)},
  };
}

/// What is tested does not depend on the disk, and syncing one takes most of the time.
inline fs::path fast_place() {
  return ::access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path();
}

}  // namespace modelhost::test

// What a disk may hold after a power cut: a record of the calls that changed a directory, and the states that
// remain when some of what was not synced is lost.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/fault_shim.h"

namespace modelhost::test {

/// Files by their path below the root; directories end with '/'.
using DiskTree = std::map<std::string, std::string>;

/// One recorded run. Bytes that were written are safe once their file was synced; names that were made,
/// moved or removed are safe once their directory was. A rename is one step. The root must lie on a file
/// system that does not give inode numbers out again (tmpfs), and nothing in it may be unsynced at the start.
class DiskModel {
 public:
  enum class Loss {
    kEverything,  ///< all that was not synced
    kLateNames,   ///< names from some moment on; of the unsynced bytes anything
    kAnything,    ///< each unsynced call for itself, writes also by half
  };

  explicit DiskModel(std::filesystem::path root);
  /// Runs `act` and records what it does. Only one model records at a time.
  template <typename Act>
  void record(Act&& act) {
    start();
    act();
    stop();
  }

  /// As if the run had not synced its directories, or its files.
  void forget_syncs(bool of_directories);

  std::size_t calls() const { return calls_.size(); }
  /// The disk after a power cut that came when `calls` calls were done.
  DiskTree after_power_cut(std::size_t calls, Loss loss, std::mt19937& random) const;

 private:
  using Inode = uint64_t;
  struct Node {
    bool directory = false;
    std::string bytes;
    std::map<std::string, Inode> names;
  };
  using Nodes = std::map<Inode, Node>;
  struct Place {
    Inode directory = 0;
    std::string name;
  };
  struct Call {
    enum class Kind { kWrite, kSync, kAdd, kRemove, kMove, kExchange } kind;
    Inode inode = 0;
    Inode other_inode = 0;
    Place place, other_place;  // kMove: from, to
    std::size_t offset = 0;
    std::string bytes;
    bool directory = false;
  };
  enum class Kept { kNo, kHalf, kYes };

  void start();
  void stop();
  void scan(const std::filesystem::path& path);
  void observe(const FaultCall& call);
  void observe_file(const FaultCall& call);
  void observe_names(const FaultCall& call);
  std::vector<Kept> choose(std::size_t calls, Loss loss, std::mt19937& random) const;
  static void apply(const Call& call, Kept kept, Nodes& nodes);
  static void collect(const Nodes& nodes, Inode inode, const std::string& path, DiskTree& tree);

  std::filesystem::path root_;
  Inode root_inode_ = 0;
  Nodes nodes_;
  std::vector<Call> calls_;
};

/// Makes `root`, which must be empty or absent, hold this tree.
void write_tree(const DiskTree& tree, const std::filesystem::path& root);

}  // namespace modelhost::test

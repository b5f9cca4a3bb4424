#include "support/disk_model.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "support/temp_dir.h"

namespace modelhost::test {
namespace {

namespace fs = std::filesystem;

DiskModel* recording = nullptr;

struct stat status_of(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) throw std::runtime_error("no " + path.string());
  return status;
}

uint64_t inode_of(const fs::path& path) {
  return status_of(path).st_ino;
}

}  // namespace

DiskModel::DiskModel(fs::path root) : root_(std::move(root)), root_inode_(inode_of(root_)) {
  scan(root_);
}

void DiskModel::scan(const fs::path& path) {
  Node node;
  node.directory = fs::is_directory(path);
  if (!node.directory) node.bytes = read_bytes(path);
  if (node.directory) {
    for (const auto& entry : fs::directory_iterator(path)) {
      node.names[entry.path().filename().string()] = inode_of(entry.path());
      scan(entry.path());
    }
  }
  nodes_[inode_of(path)] = std::move(node);
}

void DiskModel::start() {
  recording = this;
  fault_set_observer([](const FaultCall& call) { recording->observe(call); });
}

void DiskModel::stop() {
  fault_set_observer(nullptr);
  recording = nullptr;
}

void DiskModel::forget_syncs(bool of_directories) {
  std::erase_if(calls_, [=](const Call& call) {
    return call.kind == Call::Kind::kSync && call.directory == of_directories;
  });
}

void DiskModel::observe(const FaultCall& call) {
  if (call.path) {
    observe_names(call);
  } else if (call.fd > 2) {
    observe_file(call);
  }
}

void DiskModel::observe_file(const FaultCall& call) {
  struct stat status {};
  if (::fstat(call.fd, &status) != 0) return;
  Call made{.kind = Call::Kind::kSync, .inode = status.st_ino};
  made.directory = S_ISDIR(status.st_mode);
  if (call.bytes) {
    made.kind = Call::Kind::kWrite;
    made.offset = static_cast<std::size_t>(::lseek(call.fd, 0, SEEK_CUR) - call.count);
    made.bytes.assign(static_cast<const char*>(call.bytes), static_cast<std::size_t>(call.count));
  }
  calls_.push_back(std::move(made));
}

void DiskModel::observe_names(const FaultCall& call) {
  const auto place_of = [](const fs::path& path) {
    return Place{inode_of(path.parent_path()), path.filename().string()};
  };
  const std::string name = call.name;
  Call made{.kind = Call::Kind::kRemove};
  if (name == "open" || name == "mkdir" || name == "link") {
    const fs::path path = name == "link" ? call.other : call.path;
    made = {.kind = Call::Kind::kAdd, .inode = inode_of(path), .place = place_of(path)};
    made.directory = name == "mkdir";
  } else if (name == "rename" || name == "renameat2") {
    made = {.kind = Call::Kind::kMove,
            .inode = inode_of(call.other),
            .place = place_of(call.path),
            .other_place = place_of(call.other)};
    if ((call.flags & RENAME_EXCHANGE) != 0) {
      made.kind = Call::Kind::kExchange;
      made.other_inode = inode_of(call.path);
    }
  } else {
    made.place = place_of(call.path);
  }
  calls_.push_back(std::move(made));
}

// What is synced later is kept; of the rest the way of losing decides.
std::vector<DiskModel::Kept> DiskModel::choose(std::size_t calls, Loss loss, std::mt19937& random) const {
  std::vector<Kept> kept(calls, Kept::kNo);
  const std::size_t names_until = random() % (calls + 1);
  std::set<Inode> synced;
  for (std::size_t i = calls; i-- > 0;) {
    const Call& call = calls_[i];
    const bool names = call.kind != Call::Kind::kWrite;
    if (call.kind == Call::Kind::kSync) synced.insert(call.inode);
    const Inode where = call.kind == Call::Kind::kMove ? call.other_place.directory : call.place.directory;
    if (synced.contains(names ? where : call.inode)) {
      kept[i] = Kept::kYes;
    } else if (loss == Loss::kLateNames && names) {
      kept[i] = i < names_until ? Kept::kYes : Kept::kNo;
    } else if (loss != Loss::kEverything) {
      constexpr Kept kAny[] = {Kept::kNo, Kept::kHalf, Kept::kYes};
      kept[i] = names ? kAny[random() % 2 * 2] : kAny[random() % 3];
    }
  }
  return kept;
}

void DiskModel::apply(const Call& call, Kept kept, Nodes& nodes) {
  const auto names = [&nodes](const Place& place) -> auto& {
    return nodes[place.directory].names;
  };
  switch (call.kind) {
    case Call::Kind::kSync:
      return;
    case Call::Kind::kWrite: {
      std::string& bytes = nodes[call.inode].bytes;
      const std::size_t count = kept == Kept::kHalf ? call.bytes.size() / 2 : call.bytes.size();
      bytes.resize(std::max(bytes.size(), call.offset + count));  // what was lost before it reads as zeros
      std::copy_n(call.bytes.begin(), count, bytes.begin() + static_cast<std::ptrdiff_t>(call.offset));
      return;
    }
    case Call::Kind::kAdd:
      nodes[call.inode].directory |= call.directory;
      names(call.place)[call.place.name] = call.inode;
      return;
    case Call::Kind::kRemove:
      names(call.place).erase(call.place.name);
      return;
    case Call::Kind::kMove:
      names(call.place).erase(call.place.name);
      names(call.other_place)[call.other_place.name] = call.inode;
      return;
    case Call::Kind::kExchange:
      names(call.place)[call.place.name] = call.other_inode;
      names(call.other_place)[call.other_place.name] = call.inode;
  }
}

void DiskModel::collect(const Nodes& nodes, Inode inode, const std::string& path, DiskTree& tree) {
  const Node& node = nodes.at(inode);
  if (!node.directory) {
    tree[path] = node.bytes;
    return;
  }
  const std::string prefix = path.empty() ? "" : path + "/";
  if (!prefix.empty()) tree[prefix] = "";
  for (const auto& [name, child] : node.names) collect(nodes, child, prefix + name, tree);
}

DiskTree DiskModel::after_power_cut(std::size_t calls, Loss loss, std::mt19937& random) const {
  const std::vector<Kept> kept = choose(calls, loss, random);
  Nodes nodes = nodes_;
  for (std::size_t i = 0; i < calls; ++i) {
    nodes[calls_[i].inode];  // a file that was created is there, though perhaps without bytes
    if (kept[i] != Kept::kNo) apply(calls_[i], kept[i], nodes);
  }
  for (std::size_t i = 0; i < calls; ++i) {
    if (calls_[i].directory) nodes[calls_[i].inode].directory = true;
  }
  DiskTree tree;
  collect(nodes, root_inode_, "", tree);
  return tree;
}

void write_tree(const DiskTree& tree, const fs::path& root) {
  fs::create_directories(root);
  for (const auto& [name, bytes] : tree) {
    if (name.ends_with('/')) {
      fs::create_directory(root / name.substr(0, name.size() - 1));
    } else {
      std::ofstream(root / name, std::ios::binary)
          .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
  }
}

}  // namespace modelhost::test

#include "verify_weights_set.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/files/json_file.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/formats/shard_index.h"
#include "modelhost/formats/weights_format.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

// Bytes of tensors, and of such that have their own data: an index may give either.
struct Totals {
  uint64_t bytes = 0, own_bytes = 0, elements = 0;
  std::set<std::tuple<const CheckpointReader*, uint64_t, uint64_t>> places;

  void add(const CheckpointReader* reader, const TensorInfo& tensor) {
    bytes += tensor.bytes();
    elements += static_cast<uint64_t>(tensor.elements());
    if (places.emplace(reader, tensor.begin, tensor.end).second || tensor.bytes() == 0)
      own_bytes += tensor.bytes();
  }
};

}  // namespace

Finding finding_of(const std::string& check, const std::string& file, const Error& error) {
  Finding finding{Severity::kError, check, file, error.key(), error.message(), std::string(error.code())};
  if (!error.expected().empty()) finding.message += "; expected " + error.expected();
  if (!error.got().empty()) finding.message += "; got " + error.got();
  if (error.line() > 0) finding.message += "; line " + std::to_string(error.line());
  return finding;
}

void WeightsVerifier::add(Severity severity, std::string check, std::string file, std::string tensor,
                          std::string message) {
  findings_.push_back(
      {severity, std::move(check), std::move(file), std::move(tensor), std::move(message), ""});
}

void WeightsVerifier::add_error(const std::string& check, const std::string& file, const Error& error) {
  findings_.push_back(finding_of(check, file, error));
}

CheckpointReader* WeightsVerifier::open(const std::string& file) {
  const auto it = opened_.find(file);
  if (it != opened_.end()) return it->second.get();
  auto& reader = opened_[file];
  try {
    reader = open_weights_file(directory_ / file, ReadMode::kMap);
  } catch (const Error& error) {
    add_error("file-damaged", file, error);
  }
  return reader.get();
}

void WeightsVerifier::verify(const WeightsSet& set) {
  if (!set.single.empty()) open(set.single);
  if (!set.index.empty()) {
    verify_index(set);
    if (!set.single.empty()) {
      add(Severity::kWarning, "index-ignored", set.index, "",
          "the index and its shards are not read, because " + set.single + " is");
    }
    return;
  }
  for (const auto& [file, count] : set.shards) {
    open(file);
    if (set.single.empty()) {
      add(Severity::kError, "shard-without-index", file, "",
          "the file is part of a checkpoint whose index is missing");
    } else {
      add(Severity::kWarning, "stale-shard", file, "",
          "no index names the file: it is left over from another save");
    }
  }
}

void WeightsVerifier::verify_index(const WeightsSet& set) {
  const fs::path path = directory_ / set.index;
  WeightMap map;
  try {
    map = parse_shard_index(read_text_file(path, kMaxJsonBytes), path).weight_map;
  } catch (const Error& error) {
    return add_error("index-damaged", set.index, error);
  }
  std::set<std::string> files;
  for (const auto& [tensor, file] : map) files.insert(file);
  open_shards(set.index, files);
  verify_mapped(set.index, map);
  verify_unmapped(set.index, map, files);
  verify_totals(set.index, map);
  verify_names(set, files);
}

void WeightsVerifier::open_shards(const std::string& index, const std::set<std::string>& files) {
  for (const std::string& file : files) {
    std::error_code status;
    try {
      if (fs::exists(fs::symlink_status(safe_shard_path(directory_ / index, file), status))) {
        open(file);
        continue;
      }
      add(Severity::kError, "shard-missing", file, "", "the index names a file that is not there");
    } catch (const Error& error) {
      add_error("shard-unsafe", index, error);
    }
    opened_[file];
  }
}

void WeightsVerifier::verify_mapped(const std::string& index, const WeightMap& map) {
  for (const auto& [tensor, file] : map) {
    const CheckpointReader* reader = opened_[file].get();
    if (reader && !reader->find(tensor)) {
      add(Severity::kError, "tensor-missing", index, tensor,
          "the index places the tensor in " + quote(file) + ", which does not hold it");
    }
  }
}

void WeightsVerifier::verify_unmapped(const std::string& index, const WeightMap& map,
                                      const std::set<std::string>& files) {
  for (const std::string& file : files) {
    const CheckpointReader* reader = opened_[file].get();
    if (!reader) continue;
    for (const TensorInfo& tensor : reader->tensors()) {
      const auto it = map.find(tensor.name);
      if (it == map.end()) {
        add(Severity::kError, "tensor-not-indexed", file, tensor.name,
            "the tensor is not read, because " + index + " does not name it");
      } else if (it->second != file) {
        add(Severity::kWarning, "tensor-twice", file, tensor.name,
            "the tensor is not read from here: the index places it in " + quote(it->second));
      }
    }
  }
}

void WeightsVerifier::verify_totals(const std::string& index, const WeightMap& map) {
  Totals totals;
  for (const auto& [tensor, file] : map) {
    const CheckpointReader* reader = opened_[file].get();
    const TensorInfo* info = reader ? reader->find(tensor) : nullptr;
    if (!info) return;  // reported already, and the totals cannot be known
    totals.add(reader, *info);
  }
  const Json json = read_json_file(directory_ / index);
  const Json metadata = json.value("metadata", Json::object());
  if (!metadata.is_object())
    return add(Severity::kWarning, "index-metadata", index, "", "metadata is no object");
  const auto check = [&](const char* key, const std::string& wanted, auto&& agrees) {
    const auto it = metadata.find(key);
    if (it == metadata.end()) return;
    const bool number =
        it->is_number_unsigned() || (it->is_number_float() && it->template get<double>() >= 0);
    if (number && agrees(it->template get<double>())) return;
    add(Severity::kWarning, "index-total", index, "",
        std::string(key) + " is wrong; expected " + wanted + "; got " + describe_json(*it));
  };
  check("total_size", std::to_string(totals.own_bytes), [&](double value) {
    return value == static_cast<double>(totals.own_bytes) || value == static_cast<double>(totals.bytes);
  });
  check("total_parameters", "at most " + std::to_string(totals.elements),
        [&](double value) { return value <= static_cast<double>(totals.elements); });
}

void WeightsVerifier::verify_names(const WeightsSet& set, const std::set<std::string>& files) {
  for (const auto& [file, count] : set.shards) {
    if (!files.contains(file)) {
      open(file);
      add(Severity::kWarning, "stale-shard", file, "",
          set.index + " does not name the file: it is left over from another save");
    } else if (count != static_cast<int>(files.size())) {
      add(Severity::kWarning, "shard-count", file, "",
          "the name promises " + std::to_string(count) + " files and the index names " +
              std::to_string(files.size()));
    }
  }
}

}  // namespace modelhost

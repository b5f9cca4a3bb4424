#include "shared_tensors.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <regex>
#include <set>
#include <tuple>

#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

// A name and the memory that its tensor covers.
struct Area {
  std::uintptr_t begin, end;
  std::string name;
  auto key() const { return std::tuple(begin, end, std::string_view(name)); }
  bool same_memory(const Area& other) const { return begin == other.begin && end == other.end; }
};
using Group = std::vector<Area>;

Area area_of(const std::string& name, const at::Tensor& tensor) {
  const auto begin = reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr());
  int64_t last = tensor.numel() > 0 ? 1 : 0;
  for (int64_t d = 0; d < tensor.dim() && last > 0; ++d) last += (tensor.size(d) - 1) * tensor.stride(d);
  return {begin, begin + static_cast<std::uintptr_t>(last) * tensor.element_size(), name};
}

// transformers' `id_tensor_storage`.
using StorageId = std::tuple<std::string, const void*, std::size_t>;

std::map<StorageId, Group> by_storage(const std::vector<NamedTensors::Entry>& tensors) {
  std::map<StorageId, Group> groups;
  for (const auto& [name, tensor] : tensors) {
    const auto& storage = tensor.storage();
    groups[{tensor.device().str(), storage.data(), storage.nbytes()}].push_back(area_of(name, tensor));
  }
  std::erase_if(groups, [](const auto& group) { return group.second.size() < 2; });
  for (auto& [id, group] : groups) {
    std::ranges::sort(group, [](const Area& a, const Area& b) { return a.key() < b.key(); });
  }
  return groups;
}

// The areas in runs of such that overlap their predecessor.
std::vector<Group> overlapping(const Group& group) {
  std::vector<Group> runs;
  for (const Area& area : group) {
    if (runs.empty() || area.begin >= runs.back().back().end) runs.emplace_back();
    runs.back().push_back(area);
  }
  return runs;
}

// At least one name of the whole storage survives.
std::set<std::string> may_go(const Group& group, const std::vector<std::regex>& patterns) {
  std::set<std::string> names, matching;
  for (const Area& area : group) names.insert(area.name);
  for (const std::string& name : names) {
    const bool matches = std::ranges::any_of(
        patterns, [&name](const std::regex& pattern) { return std::regex_search(name, pattern); });
    if (matches && matching.size() + 1 < names.size()) matching.insert(name);
  }
  return matching;
}

std::string names_of(const Group& group) {
  std::vector<std::string> names;
  for (const Area& area : group) names.push_back(area.name);
  return join(names, ", ");
}

Error shared(const Group& group, const std::string& what) {
  return Error(codes::kSaveSharedTensors, what)
      .key(names_of(group))
      .note("a file that left one of them out would not load into this class")
      .fix("declare tied_weights_keys for the names that the class ties, or clone the tensors");
}

void drop_from(const Group& run, const std::set<std::string>& candidates, std::vector<std::string>& dropped) {
  const auto same = [&run](const Area& area) { return area.same_memory(run.front()); };
  if (!std::ranges::all_of(run, same)) throw shared(run, "tensors overlap in memory and are not the same");
  Group left;
  for (const Area& area : run) {
    if (candidates.contains(area.name)) {
      dropped.push_back(area.name);
    } else {
      left.push_back(area);
    }
  }
  if (left.size() > 1)
    throw shared(left, "several names stand for one tensor and the class does not tie them");
}

}  // namespace

std::vector<std::string> tied_weight_patterns(PreTrainedModel& model) {
  std::vector<std::string> patterns = model.traits().tied_weights_keys;
  for (const auto& module : model.named_modules("", /*include_self=*/false)) {
    const auto* inner = dynamic_cast<PreTrainedModel*>(module.value().get());
    if (!inner) continue;
    for (const std::string& key : inner->traits().tied_weights_keys)
      patterns.push_back(module.key() + "." + key);
  }
  return patterns;
}

std::vector<std::string> duplicates_to_drop(const std::vector<NamedTensors::Entry>& tensors,
                                            const std::vector<std::string>& patterns) {
  const std::vector<std::regex> compiled(patterns.begin(), patterns.end());
  std::vector<std::string> dropped;
  for (const auto& [id, group] : by_storage(tensors)) {
    const std::set<std::string> candidates = may_go(group, compiled);
    for (const Group& run : overlapping(group)) {
      if (run.size() > 1) drop_from(run, candidates, dropped);
    }
  }
  std::ranges::sort(dropped);
  return dropped;
}

std::map<std::string, std::string, std::less<>> same_tensors(
    const std::vector<NamedTensors::Entry>& tensors) {
  std::map<std::tuple<const void*, std::size_t, c10::ScalarType>, std::string> first;
  std::map<std::string, std::string, std::less<>> same;
  for (const auto& [name, tensor] : tensors) {
    if (tensor.numel() == 0 || !tensor.is_contiguous()) continue;
    const auto [it, added] =
        first.emplace(std::tuple(tensor.const_data_ptr(), tensor.nbytes(), tensor.scalar_type()), name);
    if (!added) same.emplace(name, it->second);
  }
  return same;
}

}  // namespace modelhost

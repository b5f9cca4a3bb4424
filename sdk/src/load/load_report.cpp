#include "modelhost/load/load_report.h"

#include <cstdio>

#include "modelhost/base/text.h"
#include "modelhost/formats/tensor_info.h"

namespace modelhost {
namespace {

void append_keys(std::string& text, const std::vector<std::string>& keys, const std::string& meaning) {
  if (keys.empty()) return;
  text += "\n  " + std::to_string(keys.size()) + " " + meaning + ":";
  for (const std::string& key : keys) text += "\n    " + key;
}

}  // namespace

std::string LoadReport::to_text() const {
  char head[160];
  std::snprintf(head, sizeof head, "loaded %lld tensors (%s %s, %s copied) in %.1f ms",
                static_cast<long long>(tensors_assigned + tensors_copied),
                human_bytes(bytes_assigned).c_str(),
                read_mode.empty() || read_mode == "map" ? "mapped" : "read",
                human_bytes(bytes_copied).c_str(), seconds * 1e3);
  std::string text = head;
  append_keys(text, missing_keys,
              "missing in the checkpoint and newly initialised (train the model before use)");
  append_keys(text, unexpected_keys, "in the checkpoint but not in the model, not used");
  std::vector<std::string> mismatched;
  for (const MismatchedKey& m : mismatched_keys) {
    mismatched.push_back(m.key + ": checkpoint " + shape_text(m.checkpoint_shape) + ", model " +
                         shape_text(m.model_shape));
  }
  append_keys(text, mismatched, "newly initialised because the shapes did not match");
  append_keys(text, error_msgs, "other remarks");
  return text;
}

Json LoadReport::to_json() const {
  Json mismatched = Json::array();
  for (const MismatchedKey& m : mismatched_keys) {
    mismatched.push_back({{"key", m.key},
                          {"checkpoint_shape", m.checkpoint_shape},
                          {"model_shape", m.model_shape},
                          {"file", m.file}});
  }
  Json devices = Json::object();
  for (const auto& [prefix, place] : device_map) devices[prefix] = place.name();
  return {{"missing_keys", missing_keys},
          {"unexpected_keys", unexpected_keys},
          {"mismatched_keys", mismatched},
          {"newly_initialized", newly_initialized},
          {"error_msgs", error_msgs},
          {"files", files},
          {"read_mode", read_mode},
          {"device_map", devices},
          {"tensors_assigned", tensors_assigned},
          {"tensors_copied", tensors_copied},
          {"bytes_assigned", bytes_assigned},
          {"bytes_copied", bytes_copied},
          {"seconds", seconds}};
}

}  // namespace modelhost

#include "modelhost/host/hub/model_source.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "modelhost/base/error_codes.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

constexpr auto kHubAddresses =
    std::to_array<std::string_view>({"https://huggingface.co/", "http://huggingface.co/", "hf://"});
constexpr std::size_t kMostOfAName = 96;  // what huggingface_hub allows

// huggingface_hub's rule for either part of an id.
bool is_hub_name(std::string_view text) {
  const auto is_part_of_name = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.';
  };
  const auto is_edge = [](char c) { return c == '-' || c == '.'; };
  return !text.empty() && text.size() <= kMostOfAName && std::ranges::all_of(text, is_part_of_name) &&
         !is_edge(text.front()) && !is_edge(text.back()) && text.find("--") == text.npos &&
         text.find("..") == text.npos;
}

// A file that is not there is no model of a hub for all that: "model/model.safetensors".
bool has_suffix_of_weights(std::string_view text) {
  return text.ends_with(".safetensors") || text.ends_with(".bin") || text.ends_with(".json");
}

std::optional<HubModel> hub_model(std::string_view text) {
  const auto at = text.find('@');
  const std::string_view id = text.substr(0, at);
  const auto slash = id.find('/');
  if (slash == id.npos || has_suffix_of_weights(id)) return std::nullopt;
  if (!is_hub_name(id.substr(0, slash)) || !is_hub_name(id.substr(slash + 1))) return std::nullopt;
  if (at != text.npos && at + 1 == text.size()) return std::nullopt;
  return HubModel{std::string(id), at == text.npos ? "" : std::string(text.substr(at + 1))};
}

// The model that an address names; nothing where `text` is no address.
std::optional<HubModel> addressed(std::string_view text) {
  for (const std::string_view address : kHubAddresses) {
    if (text.starts_with(address)) return hub_model(text.substr(address.size()));
  }
  return std::nullopt;
}

bool is_there(const fs::path& path) {
  std::error_code status;
  return fs::exists(path, status);
}

}  // namespace

ModelSource::ModelSource(const std::string& text) : text_(text), hub_(addressed(text)) {
  if (hub_) return;
  path_ = text;
  hub_ = hub_model(text);
}

ModelSource ModelSource::in(const fs::path& base, const std::string& text) {
  ModelSource source(text);
  if (!source.path_.empty()) source.path_ = (base / source.path_).lexically_normal();
  return source;
}

fs::path ModelSource::local() const {
  if (!hub_ || (!path_.empty() && is_there(path_))) return path_;
  const std::string here = path_.empty() ? "" : "there is no such directory, and ";
  throw Error(codes::kNoSuchDirectory, here + "downloading models is not available yet")
      .file(path_.empty() ? text_ : path_.string())
      .got("the model " + hub_->id + " of a hub" +
           (hub_->revision.empty() ? "" : ", revision " + hub_->revision))
      .fix("give a directory");
}

fs::path ModelSource::directory() const {
  const fs::path path = local();
  std::error_code status;
  return fs::exists(path, status) && !fs::is_directory(path, status) ? path.parent_path() : path;
}

}  // namespace modelhost::host

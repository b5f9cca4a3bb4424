// What a model is named by.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace modelhost::host {

/// A model of a hub.
struct HubModel {
  std::string id;        ///< owner and name: "sentence-transformers/all-MiniLM-L6-v2"
  std::string revision;  ///< a branch, tag or commit; empty: the hub's main branch

  bool operator==(const HubModel&) const = default;
};

/// Names a model: a directory with config.json and weights, or a weights file or index beside its
/// config.json; later also a model of a hub. A value; nothing is looked at before somebody asks where the
/// files are.
class ModelSource {
 public:
  ModelSource(std::filesystem::path path) : text_(path.string()), path_(std::move(path)) {}
  /// As a person writes it: a path, or where there is no such file or directory, `owner/name`,
  /// `owner/name@revision` or the address of a model's page, "https://huggingface.co/owner/name". A relative
  /// path is relative to the working directory.
  ModelSource(const std::string& text);
  ModelSource(const char* text) : ModelSource(std::string(text)) {}
  /// The same, with paths relative to `base`, and normal.
  static ModelSource in(const std::filesystem::path& base, const std::string& text);

  /// Where the model is on this machine: its directory or file, which need not exist. Errors:
  /// kNoSuchDirectory for a model of a hub, since nothing is downloaded yet.
  std::filesystem::path local() const;
  /// The directory of config.json and the tokenizer: `local()`, or for a file the directory that it is in.
  std::filesystem::path directory() const;

  /// The model of a hub that the text may mean, where there is no file or directory of that name.
  const std::optional<HubModel>& hub() const { return hub_; }
  /// For messages.
  const std::string& text() const { return text_; }

  bool operator==(const ModelSource&) const = default;

 private:
  std::string text_;
  std::filesystem::path path_;  // empty for an address
  std::optional<HubModel> hub_;
};

}  // namespace modelhost::host

// What a model directory holds beside its weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace modelhost::host {

struct CompanionFiles {
  std::vector<std::string> files;    ///< relative paths, sorted; config.json is among them
  std::vector<std::string> skipped;  ///< what is left out, with the reason in brackets
};

/// Tokenizer, config, README and so on, also in sub-directories ("1_Pooling/config.json"). Weights of any
/// kind, hidden entries and what is no regular file are left out, and links that lead out of the directory
/// (a hub cache's links into its own blobs/ count as inside). `not_in` is a directory that may lie inside and
/// is not looked into.
CompanionFiles find_companion_files(const std::filesystem::path& directory,
                                    const std::filesystem::path& not_in = {});

/// A synced copy of the content. Errors: kFileUnwritable, those of MappedFile::open.
void copy_content(const std::filesystem::path& from, const std::filesystem::path& to);

/// The files beside the weights, on their way from one model directory to another.
class CompanionCopy {
 public:
  /// `in` is what the weights are read from: a model directory, or a file. Nothing is to be copied within one
  /// directory, nor when a file stands in a directory without config.json.
  CompanionCopy(const std::filesystem::path& in, const std::filesystem::path& out);

  /// The directory that holds the files.
  const std::filesystem::path& from() const { return from_; }
  bool within_one_directory() const { return within_one_directory_; }
  const CompanionFiles& found() const { return found_; }
  uint64_t bytes() const;

  /// `text` is written instead of the content of the file, also within one directory.
  void replace(const std::string& name, std::string text);
  /// Somebody else writes these files.
  void leave_out(const std::vector<std::string>& names);
  /// Writes all files below `stage`, synced. Errors: kFileUnwritable, those of MappedFile::open.
  void write(const std::filesystem::path& stage) const;

 private:
  std::filesystem::path from_;
  bool within_one_directory_ = false;
  CompanionFiles found_;
  std::map<std::string, std::string> texts_;
};

/// The text of a config.json whose dtype is `dtype`: the keys that name one (dtype, torch_dtype, also in
/// nested configs) are changed, else `dtype` is added. Formatted as transformers formats it.
/// Errors: those of parse_json, kJsonType.
std::string config_with_dtype(const std::string& text, const std::string& file, const std::string& dtype);

}  // namespace modelhost::host

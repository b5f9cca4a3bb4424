// What a model directory holds beside its weights.
#pragma once

#include <filesystem>
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

/// The text of a config.json whose dtype is `dtype`: the keys that name one (dtype, torch_dtype, also in
/// nested configs) are changed, else `dtype` is added. Formatted as transformers formats it.
/// Errors: those of parse_json, kJsonType.
std::string config_with_dtype(const std::string& text, const std::string& file, const std::string& dtype);

}  // namespace modelhost::host

#include "modelhost/formats/verify_checkpoint.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "files/directory_tree.h"
#include "files/redo_journal.h"
#include "files/unique_name.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/checkpoint_names.h"
#include "modelhost/formats/drop_pages.h"
#include "modelhost/formats/shard_index.h"
#include "modelhost/formats/weights_format.h"
#include "tensor_values.h"
#include "verify_config.h"
#include "verify_weights_set.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

class Verification {
 public:
  Verification(const fs::path& directory, const VerifyOptions& options)
      : directory_(directory), options_(options) {
    report_.directory = directory;
  }

  VerifyReport run() {
    for (const std::string& name : entry_names(directory_)) look_at(name);
    look_for_stages();
    WeightsVerifier weights(directory_, opened_, report_.findings);
    for (const auto& [key, set] : sets_) weights.verify(set);
    if (sets_.empty())
      add(Severity::kError, "no-weights", "", "the directory holds no weights that would be read");
    verify_config(directory_, opened_, report_.findings);
    note_shared();
    count();
    if (options_.values) verify_values();
    std::ranges::stable_sort(report_.findings, {}, &Finding::severity);
    return std::move(report_);
  }

 private:
  void add(Severity severity, std::string check, std::string file, std::string message,
           std::string tensor = {}) {
    report_.findings.push_back(
        {severity, std::move(check), std::move(file), std::move(tensor), std::move(message), ""});
  }

  void look_at(const std::string& name);
  void look_at_link(const std::string& name, Severity severity);
  void look_for_stages();
  void note_shared();
  void count();
  void verify_values();
  void verify_checksums(const std::string& file);

  fs::path directory_;
  const VerifyOptions& options_;
  VerifyReport report_;
  std::map<std::pair<WeightsFormat, std::string>, WeightsSet> sets_;
  OpenedFiles opened_;
};

bool is_leftover(std::string_view name) {
  constexpr std::array<std::string_view, 5> kEndings = {".stage", ".part", ".incomplete", ".tmp",
                                                        ".crdownload"};
  return redo_journal::is_journal_name(name) ||
         std::ranges::any_of(kEndings, [name](std::string_view end) { return name.ends_with(end); });
}

// Files that a model directory usually holds and that hold no weights.
bool is_familiar(std::string_view name) {
  constexpr std::array<std::string_view, 8> kEndings = {".json",  ".txt", ".md",   ".model",
                                                        ".jinja", ".py",  ".yaml", ".jsonl"};
  return name.starts_with(".") || name.starts_with("LICENSE") || name.starts_with("NOTICE") ||
         std::ranges::any_of(kEndings, [name](std::string_view end) { return name.ends_with(end); });
}

void Verification::look_at(const std::string& name) {
  std::error_code error;
  const auto type = fs::status(directory_ / name, error).type();
  const bool directory = type == fs::file_type::directory;
  if (is_leftover(name)) {
    add(Severity::kWarning, "leftover", name,
        redo_journal::is_journal_name(name)
            ? "a save was interrupted here; the next load or save completes or removes it"
            : "looks like a file that was not written to its end");
  } else if (const auto parsed = checkpoint_part(name)) {
    WeightsSet& set = sets_[{parsed->format, parsed->variant}];
    if (parsed->kind == CheckpointPart::Kind::kShard) set.shards[name] = parsed->count;
    if (parsed->kind == CheckpointPart::Kind::kSingle) set.single = name;
    if (parsed->kind == CheckpointPart::Kind::kIndex) set.index = name;
    if (parsed->kind != CheckpointPart::Kind::kShard) look_at_link(name, Severity::kError);
  } else if (!directory && type != fs::file_type::regular) {
    add(Severity::kWarning, "no-file", name,
        fs::is_symlink(directory_ / name, error) ? "a link that leads to no file"
                                                 : "a pipe, device or socket");
  } else if (!directory && !is_familiar(name)) {
    add(Severity::kNote, "unknown-file", name, "not read as weights");
  } else {
    look_at_link(name, Severity::kWarning);
  }
}

// A hub cache's links into its own blobs are usual; shards are checked with their index.
void Verification::look_at_link(const std::string& name, Severity severity) {
  try {
    safe_shard_path(directory_ / "index", name);
  } catch (const Error&) {
    add(severity, "link-outside", name, "a link that leaves the directory");
  }
}

// Stages stand beside the directory: ".<name>.<pid>-<random>.stage".
void Verification::look_for_stages() {
  std::error_code error;
  const fs::path own = fs::canonical(directory_, error);
  const std::string prefix = "." + own.filename().string() + ".";
  constexpr std::string_view kSuffix = ".stage";
  for (fs::directory_iterator it(own.parent_path(), error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(kSuffix) ||
        name.size() <= prefix.size() + kSuffix.size())
      continue;
    if (!is_unique_suffix(
            std::string_view(name).substr(prefix.size(), name.size() - prefix.size() - kSuffix.size())))
      continue;
    add(Severity::kWarning, "leftover", "../" + name,
        "a save is under way or was interrupted; the next save removes what a dead one left");
  }
}

void Verification::note_shared() {
  for (const auto& [file, reader] : opened_) {
    if (!reader) continue;
    std::map<std::tuple<uint64_t, uint64_t, Dtype>, const TensorInfo*> first;
    for (const TensorInfo& tensor : reader->tensors()) {
      if (tensor.bytes() == 0) continue;
      const auto [it, added] = first.emplace(std::tuple(tensor.begin, tensor.end, tensor.dtype), &tensor);
      if (!added)
        add(Severity::kNote, "shared-data", file, "shares its data with " + quote(it->second->name),
            tensor.name);
    }
  }
}

void Verification::count() {
  for (const auto& [file, reader] : opened_) {
    if (!reader) continue;
    ++report_.files;
    report_.tensors += static_cast<int64_t>(reader->tensors().size());
    report_.bytes += reader->total_bytes();
  }
}

void Verification::verify_values() {
  uint64_t done = 0;
  for (const auto& [file, reader] : opened_) {
    if (!reader) continue;
    verify_checksums(file);
    for (const TensorInfo& tensor : reader->tensors()) {
      const TensorBytes bytes = reader->bytes(tensor);
      const NonFinite found = count_non_finite(tensor.dtype, bytes.data);
      drop_pages(bytes);
      if (found.nan + found.infinite > 0) {
        add(Severity::kWarning, "non-finite", file,
            std::to_string(found.nan) + " values are NaN and " + std::to_string(found.infinite) + " infinite",
            tensor.name);
      }
      done += tensor.bytes();
      if (options_.progress) options_.progress(done, report_.bytes);
    }
  }
}

void Verification::verify_checksums(const std::string& file) {
  const FormatRow& row = format_of_file(file);
  if (!row.failed_checksums) return;
  for (const Error& error : row.failed_checksums(directory_ / file))
    report_.findings.push_back(finding_of("checksum", file, error));
}

}  // namespace

std::string_view severity_name(Severity severity) {
  constexpr std::array<std::string_view, 3> kNames = {"error", "warning", "note"};
  return kNames[static_cast<std::size_t>(severity)];
}

bool VerifyReport::clean() const {
  return std::ranges::all_of(findings,
                             [](const Finding& finding) { return finding.severity == Severity::kNote; });
}

VerifyReport verify_checkpoint(const fs::path& directory, const VerifyOptions& options) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    throw Error(codes::kNoSuchDirectory, "the model directory does not exist").file(directory.string());
  }
  return Verification(directory, options).run();
}

}  // namespace modelhost

// The table of formats. One row says how a format is recognised, read, written and named; whoever deals with
// weights asks the row, and names no format. To add one: a value, a row in weights_format.cpp and a folder
// beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/base/error.h"
#include "modelhost/files/file_writer.h"
#include "modelhost/formats/checkpoint_reader.h"
#include "modelhost/formats/fetch_tensor.h"
#include "modelhost/formats/shard_plan.h"

namespace modelhost {

enum class WeightsFormat : uint8_t { kSafetensors, kBin };

/// What goes into one file.
struct WeightsToWrite {
  std::vector<TensorInfo> tensors;              ///< `begin` and `end` tell their size
  std::map<std::string, std::string> metadata;  ///< of a format that has room for it
  SharedData shared;                            ///< of a format in which names share data
  FetchTensor fetch;
};

struct FormatRow {
  WeightsFormat format;
  std::string_view name;             ///< in options and messages, e.g. "bin"
  std::string_view stem, extension;  ///< of files in a model directory: "pytorch_model", ".bin"
  std::span<const std::string_view> extensions;  ///< of files that a caller may name, `extension` among them
  bool shares_data;  ///< a tensor is written once, under all its names; else the class says which names go

  /// Errors: those of the format.
  std::unique_ptr<CheckpointReader> (*open)(const std::filesystem::path& file, ReadMode mode);
  /// Writes one file, called `file_name`; the caller finishes `out`. nullptr: the format is only read.
  void (*write)(FileWriter& out, const std::string& file_name, WeightsToWrite weights);
  /// What is wrong by the file's own checksums; nullptr: the format has none.
  std::vector<Error> (*failed_checksums)(const std::filesystem::path& file);
};

/// All formats, in the order in which a model directory is searched for them.
std::span<const FormatRow> weights_formats();

const FormatRow& format_row(WeightsFormat format);

/// By the extension; safetensors where no format has it.
const FormatRow& format_of_file(const std::filesystem::path& file);

/// Opens one file as what its extension says. Errors: those of the format.
std::unique_ptr<CheckpointReader> open_weights_file(const std::filesystem::path& file, ReadMode mode);

/// By FormatRow::name; nullptr where there is none.
const FormatRow* format_named(std::string_view name);

/// Names of the formats that are written, for options and their help.
std::vector<std::string> writable_formats();

/// Whether a file of that name holds or lists weights, in a format of the table or in another framework's.
bool looks_like_weights(std::string_view file_name);

}  // namespace modelhost

#include "modelhost/formats/weights_format.h"

#include <algorithm>
#include <array>
#include <utility>

#include "formats/torch_bin/bin_reader.h"
#include "formats/torch_bin/zip_checksums.h"
#include "modelhost/formats/safetensors/safetensors_reader.h"
#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "modelhost/formats/torch_bin/bin_writer.h"

namespace modelhost {
namespace {

using std::string_view;

template <typename Reader>
std::unique_ptr<CheckpointReader> open_as(const std::filesystem::path& file, ReadMode mode) {
  return std::make_unique<Reader>(file, mode);
}

void write_as_safetensors(FileWriter& out, const std::string&, WeightsToWrite weights) {
  write_safetensors(out, std::move(weights.tensors), weights.metadata, weights.fetch);
}

void write_as_bin(FileWriter& out, const std::string& file_name, WeightsToWrite weights) {
  write_bin(out, std::filesystem::path(file_name).stem(), weights.tensors, weights.fetch, weights.shared);
}

constexpr std::array<string_view, 1> kSafetensorsExtensions{".safetensors"};
constexpr std::array<string_view, 3> kBinExtensions{".bin", ".pt", ".pth"};

constexpr std::array<FormatRow, 2> kFormats{{
    {.format = WeightsFormat::kSafetensors,
     .name = "safetensors",
     .stem = "model",
     .extension = ".safetensors",
     .extensions = kSafetensorsExtensions,
     .shares_data = false,
     .open = open_as<SafetensorsReader>,
     .write = write_as_safetensors,
     .failed_checksums = nullptr},
    {.format = WeightsFormat::kBin,
     .name = "bin",
     .stem = "pytorch_model",
     .extension = ".bin",
     .extensions = kBinExtensions,
     .shares_data = true,
     .open = open_as<BinReader>,
     .write = write_as_bin,
     .failed_checksums = failed_zip_checksums},
}};

// Of formats that are not read here, so that they are told apart from files that come along with a model.
constexpr std::array<string_view, 9> kForeignExtensions{".h5",     ".msgpack", ".ot",  ".gguf",   ".tflite",
                                                        ".ckpt", ".onnx",    ".npz", ".mlmodel"};

bool has_one_of(string_view name, std::span<const string_view> extensions) {
  return std::ranges::any_of(extensions, [name](string_view end) { return name.ends_with(end); });
}

}  // namespace

std::span<const FormatRow> weights_formats() {
  return kFormats;
}

const FormatRow& format_row(WeightsFormat format) {
  return *std::ranges::find(kFormats, format, &FormatRow::format);
}

const FormatRow& format_of_file(const std::filesystem::path& file) {
  const std::string extension = file.extension().string();
  for (const FormatRow& row : kFormats) {
    if (std::ranges::find(row.extensions, string_view(extension)) != row.extensions.end()) return row;
  }
  return kFormats.front();
}

std::unique_ptr<CheckpointReader> open_weights_file(const std::filesystem::path& file, ReadMode mode) {
  return format_of_file(file).open(file, mode);
}

const FormatRow* format_named(string_view name) {
  const auto* row = std::ranges::find(kFormats, name, &FormatRow::name);
  return row == kFormats.end() ? nullptr : row;
}

std::vector<std::string> writable_formats() {
  std::vector<std::string> names;
  for (const FormatRow& row : kFormats) {
    if (row.write) names.emplace_back(row.name);
  }
  return names;
}

bool looks_like_weights(string_view name) {
  const bool index = name.find(".index.") != name.npos && name.ends_with(".json");
  return index || name.starts_with("model.ckpt") || has_one_of(name, kForeignExtensions) ||
         std::ranges::any_of(kFormats,
                             [name](const FormatRow& row) { return has_one_of(name, row.extensions); });
}

}  // namespace modelhost

// A safetensors file.
#pragma once

#include "modelhost/formats/checkpoint_reader.h"
#include "modelhost/formats/safetensors/safetensors_header.h"

namespace modelhost {

class FileSource;

class SafetensorsReader : public CheckpointReader {
 public:
  /// Errors: those of InputFile::open, InputFile::read and parse_safetensors_header.
  explicit SafetensorsReader(const std::filesystem::path& path, ReadMode mode = ReadMode::kMap);
  ~SafetensorsReader() override;

  const std::vector<TensorInfo>& tensors() const override { return header_.tensors; }
  /// Views of the mapping (nothing is read before somebody looks at the bytes), or memory of its own.
  TensorBytes bytes(const TensorInfo& tensor) override;
  std::vector<TensorBytes> fetch(std::span<const TensorInfo* const> tensors, BytesUse use,
                                 const BytesProgress& progress) override;
  std::optional<TensorBytes> mapped_bytes(const TensorInfo& tensor) override;
  ReadMode read_mode() const override;
  const std::map<std::string, std::string>& metadata() const override { return header_.metadata; }
  std::vector<std::filesystem::path> files() const override;

 private:
  std::unique_ptr<FileSource> source_;
  SafetensorsHeader header_;
};

}  // namespace modelhost

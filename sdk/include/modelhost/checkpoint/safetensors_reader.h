// A safetensors file, memory-mapped.
#pragma once

#include "modelhost/base/mapped_file.h"
#include "modelhost/checkpoint/checkpoint_reader.h"
#include "modelhost/checkpoint/safetensors_header.h"

namespace modelhost {

class SafetensorsReader : public CheckpointReader {
 public:
  /// Errors: those of MappedFile::open and parse_safetensors_header.
  explicit SafetensorsReader(const std::filesystem::path& path);

  const std::vector<TensorInfo>& tensors() const override { return header_.tensors; }
  /// Views of the mapping: nothing is read before somebody looks at the bytes.
  TensorBytes bytes(const TensorInfo& tensor) override;
  const std::map<std::string, std::string>& metadata() const override { return header_.metadata; }
  std::vector<std::filesystem::path> files() const override { return {file_->path()}; }

 private:
  std::shared_ptr<MappedFile> file_;
  SafetensorsHeader header_;
};

}  // namespace modelhost

// A weights file that torch.save wrote (pytorch_model.bin).
#pragma once

#include "modelhost/formats/checkpoint_reader.h"

namespace modelhost {

class FileSource;

/// Reads both formats of torch.save: the zip archive of PyTorch 1.6 and later, and the pickles followed by
/// raw data before it. Both contain a pickle, which is a program; it is read by a machine that can only make
/// tensors and refuses everything else by name, so that no file can make the reader run anything. Follows
/// torch.load(path, map_location="cpu", mmap=True, weights_only=True), but is stricter: the file must be a
/// flat dict of tensors, sizes must fit exactly, and nothing may follow the data.
class BinReader : public CheckpointReader {
 public:
  /// The pickle is read through a mapping in every mode; `mode` is for the tensors' data.
  /// Errors: those of InputFile::open; K201 to K206.
  explicit BinReader(const std::filesystem::path& path, ReadMode mode = ReadMode::kMap);
  ~BinReader() override;

  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  /// A view of the mapping or memory of its own; for a tensor that was saved as a non-contiguous view, a
  /// copy made for this call. Tensors that shared memory when they were saved are views of the same mapped
  /// bytes.
  TensorBytes bytes(const TensorInfo& tensor) override;
  std::vector<TensorBytes> fetch(std::span<const TensorInfo* const> tensors, BytesUse use,
                                 const BytesProgress& progress) override;
  std::optional<TensorBytes> mapped_bytes(const TensorInfo& tensor) override;
  ReadMode read_mode() const override;
  /// Always empty: the format has none.
  const std::map<std::string, std::string>& metadata() const override { return metadata_; }
  std::vector<std::filesystem::path> files() const override;
  /// As the dict has them.
  std::vector<Dtype> dtypes_in_order() const override;

 private:
  TensorBytes gathered(const TensorInfo& tensor, const std::vector<int64_t>& strides);

  std::unique_ptr<FileSource> source_;
  std::vector<TensorInfo> tensors_;
  std::vector<Dtype> dtypes_;
  std::map<std::string, std::vector<int64_t>, std::less<>> strides_;  // of the tensors that must be gathered
  std::map<std::string, std::string> metadata_;
};

}  // namespace modelhost

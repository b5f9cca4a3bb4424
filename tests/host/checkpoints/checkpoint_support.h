// Checkpoints of given tensors.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "modelhost/files/file_writer.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "modelhost/formats/torch_bin/bin_writer.h"
#include "support/temp_dir.h"

namespace modelhost::test {

struct Sample {
  TensorInfo info;
  std::string bytes;
};

template <typename T>
Sample sample(const std::string& name, Dtype dtype, std::vector<int64_t> shape,
              const std::vector<T>& values) {
  Sample made{{name, dtype, std::move(shape), 0, values.size() * sizeof(T)}, {}};
  made.bytes.assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return made;
}

inline Sample floats(const std::string& name, const std::vector<float>& values) {
  return sample(name, Dtype::kF32, {static_cast<int64_t>(values.size())}, values);
}

/// A mixture of what checkpoints hold: matrices, a scalar, nothing, integers, booleans, float16.
inline std::vector<Sample> mixture() {
  return {floats("a.weight", {1, -2, 3.5, 1e-3F, 0, 7}),
          sample<float>("b.scalar", Dtype::kF32, {}, {2.5F}),
          sample<float>("c.empty", Dtype::kF32, {0, 3}, {}),
          sample<int64_t>("d.ids", Dtype::kI64, {2, 2}, {1, 2, 3, int64_t{1} << 60}),
          sample<uint8_t>("e.mask", Dtype::kBool, {3}, {1, 0, 1}),
          sample<uint16_t>("f.half", Dtype::kF16, {2}, {0x3c00, 0xc000})};
}

inline FetchTensor fetch_from(const std::vector<Sample>& samples) {
  auto bytes = std::make_shared<std::map<std::string, std::string>>();
  for (const Sample& one : samples) (*bytes)[one.info.name] = one.bytes;
  return [bytes](const TensorInfo& tensor) {
    std::string& data = bytes->at(tensor.name);
    return TensorBytes{{reinterpret_cast<std::byte*>(data.data()), data.size()}, nullptr};
  };
}

/// In the format that the extension tells. Replaces a file that is there.
inline std::filesystem::path write_samples(const std::filesystem::path& path,
                                           const std::vector<Sample>& samples,
                                           const SharedData& shared = {}) {
  std::filesystem::create_directories(path.parent_path());
  std::filesystem::remove(path);
  std::vector<TensorInfo> infos;
  for (const Sample& one : samples) infos.push_back(one.info);
  FileWriter out(path);
  if (path.extension() == ".bin") {
    write_bin(out, path.stem(), infos, fetch_from(samples), shared);
  } else {
    write_safetensors(out, infos, {{"format", "pt"}}, fetch_from(samples));
  }
  out.finish();
  return path;
}

inline std::string bytes_in(CheckpointReader& reader, const std::string& name) {
  const TensorBytes bytes = reader.bytes(*reader.find(name));
  return {reinterpret_cast<const char*>(bytes.data.data()), bytes.data.size()};
}

/// Whether `path` holds exactly these tensors.
inline bool holds(const std::filesystem::path& path, const std::vector<Sample>& samples) {
  const auto reader = open_checkpoint(path);
  if (reader->tensors().size() != samples.size()) return false;
  for (const Sample& one : samples) {
    const TensorInfo* found = reader->find(one.info.name);
    if (!found || found->dtype != one.info.dtype || found->shape != one.info.shape) return false;
    if (bytes_in(*reader, one.info.name) != one.bytes) return false;
  }
  return true;
}

}  // namespace modelhost::test

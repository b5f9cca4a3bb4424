#include "modelhost/formats/safetensors/safetensors_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <unordered_map>

#include "modelhost/base/json.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

constexpr const char* kMetadataKey = "__metadata__";

// Sorted as the Rust library sorts: larger alignment first, then by name.
void order(std::vector<TensorInfo>& tensors) {
  std::ranges::sort(tensors, [](const TensorInfo& a, const TensorInfo& b) {
    return std::tuple(b.dtype, std::string_view(a.name)) < std::tuple(a.dtype, std::string_view(b.name));
  });
  std::map<std::string_view, int> names;
  for (const TensorInfo& tensor : tensors) {
    if (tensor.name == kMetadataKey) {
      throw Error(codes::kSafetensorsMetadata, "a safetensors file cannot hold a tensor of this name")
          .key(tensor.name)
          .expected("another name: this one stands for the file's metadata")
          .got("a tensor")
          .fix("rename the tensor, or write the bin format");
    }
    if (++names[tensor.name] == 1) continue;
    throw Error(codes::kSafetensorsDuplicate, "two tensors of one name cannot be written to one file")
        .key(tensor.name);
  }
}

std::string header_text(const std::vector<TensorInfo>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[kMetadataKey] = metadata;
  uint64_t position = 0;
  for (const TensorInfo& tensor : tensors) {
    nlohmann::ordered_json entry;
    entry["dtype"] = dtype_name(tensor.dtype);
    entry["shape"] = tensor.shape;
    entry["data_offsets"] = {position, position + tensor.bytes()};
    header[tensor.name] = std::move(entry);
    position += tensor.bytes();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

// The writer never changes bytes; TensorBytes has no constant form.
TensorBytes borrow(std::span<const std::byte> bytes) {
  return {{const_cast<std::byte*>(bytes.data()), bytes.size()}, nullptr};
}

}  // namespace

void write_safetensors(FileWriter& out, std::vector<TensorInfo> tensors,
                       const std::map<std::string, std::string>& metadata, const FetchTensor& fetch) {
  order(tensors);
  const std::string header = header_text(tensors, metadata);
  const uint64_t size = header.size();
  out.write(std::as_bytes(std::span(&size, 1)));
  out.write(header);
  for (const TensorInfo& tensor : tensors) out.write(fetch(tensor).data);
}

void write_safetensors(const std::filesystem::path& path, std::vector<TensorToWrite> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<TensorInfo> infos;
  std::unordered_map<std::string, std::span<const std::byte>> bytes;
  for (const TensorToWrite& tensor : tensors) {
    infos.push_back(tensor.info);
    infos.back().begin = 0;
    infos.back().end = tensor.bytes.size();
    bytes[tensor.info.name] = tensor.bytes;
  }
  const std::filesystem::path stage = path.string() + "." + std::to_string(::getpid()) + ".stage";
  std::error_code ignored;
  std::filesystem::remove(stage, ignored);  // of an earlier process with our number
  try {
    FileWriter out(stage);
    write_safetensors(out, std::move(infos), metadata,
                      [&bytes](const TensorInfo& tensor) { return borrow(bytes.at(tensor.name)); });
    out.finish();
    if (::rename(stage.c_str(), path.c_str()) != 0) throw unwritable(path, errno);
  } catch (Error& error) {
    std::filesystem::remove(stage, ignored);
    throw error.file(path.string());
  }
}

}  // namespace modelhost

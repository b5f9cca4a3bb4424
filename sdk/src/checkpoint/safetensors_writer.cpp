#include "modelhost/checkpoint/safetensors_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <tuple>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/json.h"

namespace modelhost {
namespace {

// Sorted as the Rust library sorts: larger alignment first, then by name.
void order(std::vector<TensorToWrite>& tensors, const std::filesystem::path& path) {
  std::ranges::sort(tensors, [](const TensorToWrite& a, const TensorToWrite& b) {
    return std::tuple(b.info.dtype, std::string_view(a.info.name)) <
           std::tuple(a.info.dtype, std::string_view(b.info.name));
  });
  std::map<std::string_view, int> names;
  for (const TensorToWrite& tensor : tensors) {
    if (++names[tensor.info.name] == 1) continue;
    throw Error(codes::kSafetensorsDuplicate, "two tensors of one name cannot be written to one file")
        .file(path.string())
        .key(tensor.info.name);
  }
}

std::string header_text(const std::vector<TensorToWrite>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t position = 0;
  for (const TensorToWrite& tensor : tensors) {
    nlohmann::ordered_json entry;
    entry["dtype"] = dtype_name(tensor.info.dtype);
    entry["shape"] = tensor.info.shape;
    entry["data_offsets"] = {position, position + tensor.bytes.size()};
    header[tensor.info.name] = std::move(entry);
    position += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

[[noreturn]] void throw_unwritable(const std::filesystem::path& path) {
  throw Error(codes::kFileUnwritable, "file cannot be written: " + std::string(std::strerror(errno)))
      .file(path.string());
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::vector<TensorToWrite> tensors,
                       const std::map<std::string, std::string>& metadata) {
  order(tensors, path);
  const std::string header = header_text(tensors, metadata);
  const uint64_t size = header.size();
  const std::filesystem::path stage = path.string() + "." + std::to_string(::getpid()) + ".stage";
  std::ofstream out(stage, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(&size), sizeof size);
  out << header;
  for (const TensorToWrite& tensor : tensors) {
    out.write(reinterpret_cast<const char*>(tensor.bytes.data()),
              static_cast<std::streamsize>(tensor.bytes.size()));
  }
  out.close();
  std::error_code status;
  if (!out) {
    const int reason = errno;
    std::filesystem::remove(stage, status);
    errno = reason;
    throw_unwritable(path);
  }
  std::filesystem::rename(stage, path, status);
  if (status) {
    errno = status.value();
    std::filesystem::remove(stage, status);
    throw_unwritable(path);
  }
}

}  // namespace modelhost

#include "modelhost/formats/safetensors/safetensors_header.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <tuple>

#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"
#include "safetensors_sax.h"

namespace modelhost {
namespace {

constexpr uint64_t kLengthBytes = 8;

void parse_header_text(std::string_view text, SafetensorsHeader& header, const std::string& path) {
  // nlohmann takes a NUL for the end of the text and skips a byte order mark; the format allows neither.
  const bool has_bom = text.starts_with("\xef\xbb\xbf");
  if (has_bom || text.find('\0') != std::string_view::npos) {
    throw Error(codes::kSafetensorsHeader, "safetensors header is not valid JSON")
        .file(path)
        .got(has_bom ? "a byte order mark" : "a NUL byte");
  }
  SafetensorsSax sax(header, path);
  Json::sax_parse(text, &sax);
}

[[noreturn]] void throw_bad_shape(const TensorInfo& tensor, const std::string& path, const std::string& why) {
  throw Error(codes::kSafetensorsShape, "safetensors shape is impossible: " + why)
      .file(path)
      .key(tensor.name)
      .got(std::string(dtype_name(tensor.dtype)) + " " + shape_text(tensor.shape));
}

uint64_t bytes_of(const TensorInfo& tensor, const std::string& path) {
  uint64_t bits = dtype_bits(tensor.dtype);
  uint64_t elements = 1;  // checked on its own: with a dimension of 0 the product of bits says nothing
  for (const int64_t size : tensor.shape) {
    if (size != 0 && elements > static_cast<uint64_t>(INT64_MAX) / static_cast<uint64_t>(size)) {
      throw_bad_shape(tensor, path, "it has too many elements");
    }
    elements *= static_cast<uint64_t>(size);
  }
  if (__builtin_mul_overflow(bits, elements, &bits))
    throw_bad_shape(tensor, path, "it has too many elements");
  if (bits % 8 != 0) throw_bad_shape(tensor, path, "it does not fill whole bytes");
  return bits / 8;
}

Error offset_error(const TensorInfo& tensor, const std::string& path, const std::string& message) {
  return Error(codes::kSafetensorsOffsets, "safetensors data offsets are wrong: " + message)
      .file(path)
      .key(tensor.name)
      .got("data_offsets [" + std::to_string(tensor.begin) + ", " + std::to_string(tensor.end) + "]");
}

// Checks that tensors fill the data section exactly, then turns offsets into positions in the file.
void place_tensors(SafetensorsHeader& header, uint64_t data_begin, uint64_t data_size,
                   const std::string& path) {
  std::ranges::stable_sort(header.tensors, {},
                           [](const TensorInfo& t) { return std::tuple(t.begin, t.end); });
  uint64_t position = 0;
  for (TensorInfo& tensor : header.tensors) {
    const uint64_t bytes = bytes_of(tensor, path);
    if (tensor.end < tensor.begin || tensor.end - tensor.begin != bytes) {
      throw offset_error(tensor, path, "they do not fit dtype and shape")
          .expected(std::to_string(bytes) + " bytes for " + std::string(dtype_name(tensor.dtype)) + " " +
                    shape_text(tensor.shape));
    }
    if (tensor.begin != position) {
      throw offset_error(tensor, path, tensor.begin < position ? "two tensors overlap" : "there is a gap")
          .expected("data to begin at " + std::to_string(position));
    }
    if (tensor.end > data_size) {
      throw Error(codes::kSafetensorsTruncated, "safetensors file is shorter than its header says")
          .file(path)
          .key(tensor.name)
          .expected("data up to byte " + std::to_string(data_begin + tensor.end))
          .got(std::to_string(data_begin + data_size) + " bytes")
          .fix("download or copy the file again");
    }
    position = tensor.end;
    tensor.begin += data_begin;
    tensor.end += data_begin;
  }
  if (position != data_size) {
    throw Error(codes::kSafetensorsOffsets, "safetensors file has bytes that belong to no tensor")
        .file(path)
        .expected("a file of " + std::to_string(data_begin + position) + " bytes")
        .got(std::to_string(data_begin + data_size) + " bytes");
  }
}

}  // namespace

uint64_t safetensors_header_bytes(std::span<const std::byte> start, uint64_t file_size,
                                  const std::string& path) {
  static_assert(std::endian::native == std::endian::little);
  if (start.size() < kLengthBytes) {
    throw Error(codes::kSafetensorsTruncated, "safetensors file is too short to have a header")
        .file(path)
        .expected("at least 8 bytes")
        .got(std::to_string(start.size()) + " bytes");
  }
  if (std::memcmp(start.data(), "version ", kLengthBytes) == 0) {
    throw Error(codes::kBinUnsupported, "the file is a git-lfs pointer: the weights were not downloaded")
        .file(path)
        .fix("install git-lfs and run `git lfs pull`, or download the file from the hub");
  }
  uint64_t size = 0;
  std::memcpy(&size, start.data(), sizeof size);
  if (size > kMaxSafetensorsHeader) {
    throw Error(codes::kSafetensorsHeaderSize, "safetensors header size is impossible")
        .file(path)
        .expected("at most " + std::to_string(kMaxSafetensorsHeader) + " bytes")
        .got(std::to_string(size) + " bytes")
        .fix("the file is damaged or is no safetensors file");
  }
  if (size > file_size - kLengthBytes) {
    throw Error(codes::kSafetensorsTruncated, "safetensors file ends inside its header")
        .file(path)
        .expected(std::to_string(size + kLengthBytes) + " bytes or more")
        .got(std::to_string(file_size) + " bytes")
        .fix("download or copy the file again");
  }
  return kLengthBytes + size;
}

SafetensorsHeader parse_safetensors_header(std::span<const std::byte> start, uint64_t file_size,
                                           const std::string& path) {
  const uint64_t bytes = safetensors_header_bytes(start, file_size, path);
  const std::span<const std::byte> text = start.subspan(kLengthBytes, bytes - kLengthBytes);
  SafetensorsHeader header;
  parse_header_text({reinterpret_cast<const char*>(text.data()), text.size()}, header, path);
  place_tensors(header, bytes, file_size - bytes, path);
  return header;
}

SafetensorsHeader parse_safetensors_header(std::span<const std::byte> file, const std::string& path) {
  return parse_safetensors_header(file, file.size(), path);
}

}  // namespace modelhost

#include "zip_writer.h"

#include <algorithm>
#include <utility>

#include "base/crc32.h"
#include "zip_directory.h"

namespace modelhost {
namespace {

constexpr uint64_t kTensorAlignment = 64;
constexpr uint32_t kAllOnes = 0xffffffff;  // "the value stands in the zip64 field"
constexpr uint16_t kEnd64MadeBy = 0x031e, kEnd64Needs = 45;

template <typename T>
void put(std::string& text, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
}

// An extra field of PyTorch's own that fills up to the alignment; it is at least 4 bytes long.
std::string padding(uint64_t before) {
  const uint64_t fill = (kTensorAlignment - (before + 4) % kTensorAlignment) % kTensorAlignment;
  std::string text = "FB";
  put(text, static_cast<uint16_t>(fill));
  return text + std::string(fill, 'Z');
}

uint16_t flags_of(uint64_t size) {
  return kZipFlagUtf8 | (size > 0 ? kZipFlagDescriptor : uint16_t{0});
}

}  // namespace

ZipWriter::ZipWriter(FileWriter& out, std::string folder, uint64_t limit)
    : out_(out), folder_(std::move(folder)), limit_(limit) {}

void ZipWriter::write(std::string_view text) {
  out_.write(text);
  position_ += text.size();
}

uint32_t ZipWriter::add(std::string_view name, std::span<const std::byte> data) {
  entries_.push_back({folder_ + "/" + std::string(name), position_, data.size(), crc32(data)});
  write_local_header(entries_.back());
  out_.write(data);
  position_ += data.size();
  if (!data.empty()) write_descriptor(entries_.back());
  return entries_.back().crc;
}

// As miniz, the library in PyTorch, writes it: also the position may stand in a local header's field.
std::string ZipWriter::zip64_extra(const Entry& entry, uint64_t stored) const {
  std::string values;
  if (entry.size >= limit_) {
    put(values, entry.size);
    put(values, stored);
  }
  if (entry.header >= limit_) put(values, entry.header);
  if (values.empty()) return values;
  std::string extra;
  put(extra, uint16_t{1});
  put(extra, static_cast<uint16_t>(values.size()));
  return extra + values;
}

void ZipWriter::write_local_header(const Entry& entry) {
  std::string extra = zip64_extra(entry, 0);
  extra += padding(position_ + kZipLocalHeaderSize + entry.name.size() + extra.size());
  std::string header = "PK\x03\x04";
  put(header, uint16_t{0});  // version needed
  put(header, flags_of(entry.size));
  header.append(2 + 4, '\0');      // method 0 (stored), time and date
  header.append(4 + 4 + 4, '\0');  // CRC and sizes: in the descriptor
  put(header, static_cast<uint16_t>(entry.name.size()));
  put(header, static_cast<uint16_t>(extra.size()));
  write(header + entry.name + extra);
}

void ZipWriter::write_descriptor(const Entry& entry) {
  std::string text = "PK\x07\x08";
  put(text, entry.crc);
  for (int i = 0; i < 2; ++i) {  // stored size, size
    if (entry.size >= limit_ || entry.header >= limit_) {
      put(text, entry.size);
    } else {
      put(text, static_cast<uint32_t>(entry.size));
    }
  }
  write(text);
}

void ZipWriter::append_directory_entry(std::string& directory, const Entry& entry) const {
  const std::string extra = zip64_extra(entry, entry.size);
  const auto narrow = [this](uint64_t value) {
    return value >= limit_ ? kAllOnes : static_cast<uint32_t>(value);
  };
  directory += "PK\x01\x02";
  put(directory, uint32_t{0});  // versions made by, needed
  put(directory, flags_of(entry.size));
  directory.append(2 + 4, '\0');
  put(directory, entry.crc);
  put(directory, narrow(entry.size));
  put(directory, narrow(entry.size));
  put(directory, static_cast<uint16_t>(entry.name.size()));
  put(directory, static_cast<uint16_t>(extra.size()));
  directory.append(2 + 2 + 2 + 4, '\0');  // comment, disk, attributes
  put(directory, narrow(entry.header));
  directory += entry.name + extra;
}

void ZipWriter::finish() {
  std::string text;
  for (const Entry& entry : entries_) append_directory_entry(text, entry);
  const uint64_t begin = position_, size = text.size(), count = entries_.size();
  text += "PK\x06\x06";
  put(text, uint64_t{44});  // what follows
  put(text, kEnd64MadeBy);
  put(text, kEnd64Needs);
  put(text, uint64_t{0});  // disks
  put(text, count);
  put(text, count);
  put(text, size);
  put(text, begin);
  text += "PK\x06\x07";
  put(text, uint32_t{0});
  put(text, begin + size);
  put(text, uint32_t{1});  // disks
  text += "PK\x05\x06";
  put(text, uint32_t{0});
  for (int i = 0; i < 2; ++i) put(text, static_cast<uint16_t>(std::min<uint64_t>(count, 0xffff)));
  put(text, static_cast<uint32_t>(std::min<uint64_t>(size, kAllOnes)));
  put(text, static_cast<uint32_t>(std::min<uint64_t>(begin, kAllOnes)));
  put(text, uint16_t{0});
  write(text);
}

}  // namespace modelhost

#include "zip_directory.h"

#include <array>

#include "formats/little_endian.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

constexpr uint32_t kLocalSignature = 0x04034b50, kDescriptorSignature = 0x08074b50,
                   kEntrySignature = 0x02014b50, kEndSignature = 0x06054b50, kEnd64Signature = 0x06064b50,
                   kLocatorSignature = 0x07064b50;
constexpr uint64_t kEntrySize = 46, kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20;
constexpr uint16_t kZip64Extra = 1;
constexpr uint32_t kIn64 = 0xffffffff;  // "the value stands in the zip64 field"
constexpr uint16_t kEntriesIn64 = 0xffff;

using Bytes = std::span<const std::byte>;

template <typename T>
T field(Bytes file, uint64_t position) {
  return load_little_endian<T>(file, position);
}

// A 16 or 32 bit field beside its wide form: equal, or all ones.
template <typename Narrow>
bool agrees(Narrow narrow, uint64_t wide) {
  return narrow == wide || narrow == static_cast<Narrow>(-1);
}

bool has_locator(Bytes file, uint64_t end) {
  return end >= kLocatorSize + kEnd64Size && field<uint32_t>(file, end - kLocatorSize) == kLocatorSignature;
}

ZipDirectory read_end64(Bytes file, uint64_t end, const std::string& path) {
  const uint64_t locator = end - kLocatorSize, end64 = locator - kEnd64Size;
  const bool placed = field<uint32_t>(file, locator + 4) == 0 &&
                      field<uint64_t>(file, locator + 8) == end64 && field<uint32_t>(file, locator + 16) <= 1;
  const bool known = field<uint32_t>(file, end64) == kEnd64Signature &&
                     field<uint64_t>(file, end64 + 4) == kEnd64Size - 12 &&
                     field<uint64_t>(file, end64 + 16) == 0;
  if (!placed || !known) throw zip_error(path, "its zip64 end record is damaged");
  ZipDirectory directory;
  directory.entries = field<uint64_t>(file, end64 + 32);
  const uint64_t size = field<uint64_t>(file, end64 + 40);
  directory.begin = field<uint64_t>(file, end64 + 48);
  directory.end = end64;
  const bool agree = field<uint64_t>(file, end64 + 24) == directory.entries &&
                     agrees(field<uint16_t>(file, end + 8), directory.entries) &&
                     agrees(field<uint16_t>(file, end + 10), directory.entries) &&
                     agrees(field<uint32_t>(file, end + 12), size) &&
                     agrees(field<uint32_t>(file, end + 16), directory.begin);
  if (!agree) throw zip_error(path, "its two end records contradict each other");
  if (directory.begin > end64 || end64 - directory.begin != size) {
    throw zip_error(path, "its directory is not where the end record says");
  }
  return directory;
}

ZipDirectory read_end32(Bytes file, uint64_t end, const std::string& path) {
  ZipDirectory directory;
  directory.entries = field<uint16_t>(file, end + 10);
  const uint64_t size = field<uint32_t>(file, end + 12);
  directory.begin = field<uint32_t>(file, end + 16);
  directory.end = end;
  if (field<uint16_t>(file, end + 8) != directory.entries || directory.entries == kEntriesIn64) {
    throw zip_error(path, "its end record gives two counts of entries, or none");
  }
  if (directory.begin > end || end - directory.begin != size) {
    throw zip_error(path, "its directory is not where the end record says");
  }
  return directory;
}

// Values that do not fit in 32 bits stand in an extra field, in this order, each only where it is needed.
void read_zip64_extra(Bytes extra, const std::array<uint64_t*, 3>& values, const std::string& path) {
  uint64_t position = 0;
  while (extra.size() - position >= 4) {
    const uint64_t size = field<uint16_t>(extra, position + 2);
    if (!fits(extra, position + 4, size)) break;
    if (field<uint16_t>(extra, position) != kZip64Extra) {
      position += 4 + size;
      continue;
    }
    uint64_t at = position + 4;
    for (uint64_t* value : values) {
      if (*value != kIn64) continue;
      if (at + 8 > position + 4 + size) throw zip_error(path, "a zip64 field is too short");
      *value = field<uint64_t>(extra, at);
      at += 8;
    }
    return;
  }
}

bool safe_name(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != name.npos || name.find('\0') != name.npos)
    return false;
  while (!name.empty()) {
    const auto slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part == ".." || part == ".") return false;
    name.remove_prefix(slash == name.npos ? name.size() : slash + 1);
  }
  return true;
}

void check_entry(const ZipEntry& entry, uint16_t method, uint64_t stored, const std::string& path) {
  if (!safe_name(entry.name))
    throw zip_error(path, "it has a record with an unsafe name").got(quote(entry.name));
  const std::string name = quote(entry.name);
  if (entry.flags & 0x2041) throw zip_error(path, "record " + name + " is marked as encrypted");
  if (entry.flags & ~(kZipFlagDescriptor | kZipFlagUtf8))
    throw zip_error(path, "record " + name + " has unknown flags");
  if (method != 0) {
    throw Error(codes::kBinUnsupported, "a compressed zip archive is not read")
        .file(path)
        .expected("records as torch.save stores them, without compression")
        .got("record " + name + " compressed by method " + std::to_string(method))
        .fix("load the file in Python and save it again with torch.save or, better, as safetensors");
  }
  if (stored != entry.size) throw zip_error(path, "record " + name + " has two different sizes");
}

// Sizes and CRC again, behind the data; sizes take 8 bytes each when the header had a zip64 field.
uint64_t check_descriptor(Bytes file, uint64_t position, uint64_t limit, const ZipEntry& entry,
                          const std::string& path) {
  const auto wrong = [&] {
    return zip_error(path, "the descriptor behind " + quote(entry.name) + " is wrong");
  };
  const uint64_t room = limit - position;
  if (room < 16 || field<uint32_t>(file, position) != kDescriptorSignature ||
      field<uint32_t>(file, position + 4) != entry.crc) {
    throw wrong();
  }
  if (room >= 24 && field<uint64_t>(file, position + 8) == entry.size &&
      field<uint64_t>(file, position + 16) == entry.size) {
    return position + 24;
  }
  if (field<uint32_t>(file, position + 8) != entry.size ||
      field<uint32_t>(file, position + 12) != entry.size) {
    throw wrong();
  }
  return position + 16;
}

}  // namespace

Error zip_error(const std::string& path, const std::string& what) {
  return Error(codes::kZipMalformed, "the zip archive is malformed: " + what)
      .file(path)
      .fix("download or copy the file again");
}

ZipDirectory find_zip_directory(Bytes file, const std::string& path) {
  if (file.size() < kEndSize || field<uint32_t>(file, file.size() - kEndSize) != kEndSignature) {
    throw zip_error(path, "it does not end with the record that ends every archive; it may be cut short");
  }
  const uint64_t end = file.size() - kEndSize;
  if (field<uint32_t>(file, end + 4) != 0 || field<uint16_t>(file, end + 20) != 0) {
    throw zip_error(path, "it has several disks or a comment");
  }
  const ZipDirectory directory =
      has_locator(file, end) ? read_end64(file, end, path) : read_end32(file, end, path);
  if (directory.entries > (directory.end - directory.begin) / kEntrySize) {
    throw zip_error(path, "it claims more entries than its directory has room for")
        .got(std::to_string(directory.entries) + " entries in " +
             std::to_string(directory.end - directory.begin) + " bytes");
  }
  return directory;
}

ZipEntry read_zip_entry(Bytes file, const ZipDirectory& directory, uint64_t& position,
                        const std::string& path) {
  const uint64_t room = directory.end - position;
  if (room < kEntrySize || field<uint32_t>(file, position) != kEntrySignature) {
    throw zip_error(path, "its directory has no entry at byte " + std::to_string(position));
  }
  const uint64_t name = field<uint16_t>(file, position + 28), extra = field<uint16_t>(file, position + 30),
                 comment = field<uint16_t>(file, position + 32);
  if (name + extra + comment > room - kEntrySize) throw zip_error(path, "an entry leaves its directory");
  if (field<uint16_t>(file, position + 34) != 0) throw zip_error(path, "it has several disks");
  ZipEntry entry;
  entry.flags = field<uint16_t>(file, position + 8);
  entry.crc = field<uint32_t>(file, position + 16);
  uint64_t stored = field<uint32_t>(file, position + 20);
  entry.size = field<uint32_t>(file, position + 24);
  entry.header = field<uint32_t>(file, position + 42);
  entry.name = text_at(file, position + kEntrySize, name);
  read_zip64_extra(file.subspan(position + kEntrySize + name, extra), {&entry.size, &stored, &entry.header},
                   path);
  check_entry(entry, field<uint16_t>(file, position + 10), stored, path);
  position += kEntrySize + name + extra + comment;
  return entry;
}

uint64_t check_zip_record(Bytes file, const ZipDirectory& directory, const ZipEntry& entry,
                          uint64_t& record_end, const std::string& path) {
  const auto wrong = [&](const std::string& what) { return zip_error(path, what + " " + quote(entry.name)); };
  const Bytes before = file.first(directory.begin);
  if (!fits(before, entry.header, kZipLocalHeaderSize) ||
      field<uint32_t>(file, entry.header) != kLocalSignature) {
    throw wrong("there is no local header of");
  }
  const uint64_t name = field<uint16_t>(file, entry.header + 26),
                 extra = field<uint16_t>(file, entry.header + 28);
  const uint64_t data = entry.header + kZipLocalHeaderSize + name + extra;
  if (!fits(before, data, entry.size)) throw wrong("the file does not hold all of");
  if (field<uint16_t>(file, entry.header + 6) != entry.flags ||
      field<uint16_t>(file, entry.header + 8) != 0 ||
      text_at(file, entry.header + kZipLocalHeaderSize, name) != entry.name) {
    throw wrong("local header and directory disagree on");
  }
  const bool described = (entry.flags & kZipFlagDescriptor) != 0;
  const uint32_t crc = field<uint32_t>(file, entry.header + 14);
  uint64_t stored = field<uint32_t>(file, entry.header + 18), size = field<uint32_t>(file, entry.header + 22);
  uint64_t unused = 0;
  read_zip64_extra(file.subspan(entry.header + kZipLocalHeaderSize + name, extra), {&size, &stored, &unused},
                   path);
  const bool empty = crc == 0 && stored == 0 && size == 0;
  if (!(described && empty) && (crc != entry.crc || stored != entry.size || size != entry.size)) {
    throw wrong("local header and directory disagree on");
  }
  record_end = data + entry.size;
  if (described) record_end = check_descriptor(file, record_end, directory.begin, entry, path);
  return data;
}

}  // namespace modelhost

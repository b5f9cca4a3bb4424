#include "elf_section.h"

#include <elf.h>

#include <cstring>

#include "modelhost/registry/error_codes.h"

namespace modelhost {
namespace {

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#else
#error "the plugin contract knows no ELF machine number for this processor"
#endif

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Error(codes::kNotALibrary, "plugin library is not a shared library of this machine: " + why)
      .file(path)
      .fix("point the manifest's `library` at the shared library that was built for this host");
}

bool inside(std::span<const std::byte> file, uint64_t offset, uint64_t size) {
  return offset <= file.size() && size <= file.size() - offset;
}

template <typename T>
T read_at(std::span<const std::byte> file, uint64_t offset, const std::string& path) {
  if (!inside(file, offset, sizeof(T))) refuse(path, "it is truncated");
  T value;
  std::memcpy(&value, file.data() + offset, sizeof(T));
  return value;
}

Elf64_Ehdr read_header(std::span<const std::byte> file, const std::string& path) {
  if (file.size() < SELFMAG || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0)
    refuse(path, "it is no ELF file");
  const auto header = read_at<Elf64_Ehdr>(file, 0, path);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    refuse(path, "it is not a 64-bit little-endian file");
  }
  if (header.e_machine != kMachine) refuse(path, "it is for another processor");
  if (header.e_type != ET_DYN) refuse(path, "it is no shared object");
  if (header.e_shoff != 0 && header.e_shentsize != sizeof(Elf64_Shdr))
    refuse(path, "its section table is malformed");
  return header;
}

bool name_equals(std::span<const std::byte> file, const Elf64_Shdr& names, uint32_t offset,
                 std::string_view wanted) {
  if (offset > names.sh_size || wanted.size() + 1 > names.sh_size - offset) return false;
  if (!inside(file, names.sh_offset, names.sh_size)) return false;
  const char* name = reinterpret_cast<const char*>(file.data() + names.sh_offset + offset);
  return std::memcmp(name, wanted.data(), wanted.size()) == 0 && name[wanted.size()] == '\0';
}

}  // namespace

std::span<const std::byte> elf_section(std::span<const std::byte> file, std::string_view section,
                                       const std::string& path) {
  const Elf64_Ehdr header = read_header(file, path);
  if (header.e_shoff == 0 || header.e_shnum == 0) return {};
  auto section_header = [&](uint64_t index) {
    if (!inside(file, header.e_shoff, 0)) refuse(path, "it is truncated");
    return read_at<Elf64_Shdr>(file, header.e_shoff + index * sizeof(Elf64_Shdr), path);
  };
  const Elf64_Shdr names = section_header(header.e_shstrndx);
  for (uint64_t i = 0; i < header.e_shnum; ++i) {
    const Elf64_Shdr candidate = section_header(i);
    if (!name_equals(file, names, candidate.sh_name, section)) continue;
    if (candidate.sh_type == SHT_NOBITS || !inside(file, candidate.sh_offset, candidate.sh_size)) {
      refuse(path, "it is truncated");
    }
    return file.subspan(candidate.sh_offset, candidate.sh_size);
  }
  return {};
}

}  // namespace modelhost

#include "modelhost/plugin/elf_dynamics.h"

#include <elf.h>

#include <cstring>
#include <span>

#include "elf_section.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/registry/error_codes.h"

namespace modelhost {
namespace {

using Bytes = std::span<const std::byte>;

// The records of a section; what is left over at its end is no record.
template <typename Record>
std::vector<Record> records_of(Bytes section) {
  std::vector<Record> records(section.size() / sizeof(Record));
  if (!records.empty()) std::memcpy(records.data(), section.data(), records.size() * sizeof(Record));
  return records;
}

class NameTable {
 public:
  NameTable(Bytes bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {}

  std::string at(uint64_t offset) const {
    if (offset >= bytes_.size()) {
      throw Error(codes::kNotALibrary, "a name of the library lies outside its table of names").file(path_);
    }
    const auto* name = reinterpret_cast<const char*>(bytes_.data() + offset);
    return std::string(name, ::strnlen(name, bytes_.size() - offset));
  }

 private:
  Bytes bytes_;
  std::string path_;
};

void read_entries(Bytes section, const NameTable& names, ElfDynamics& dynamics) {
  for (const auto& entry : records_of<Elf64_Dyn>(section)) {
    if (entry.d_tag == DT_NULL) return;
    if (entry.d_tag == DT_NEEDED) dynamics.needed.push_back(names.at(entry.d_un.d_val));
    if (entry.d_tag == DT_FLAGS_1) dynamics.stays_loaded = (entry.d_un.d_val & DF_1_NODELETE) != 0;
  }
}

void read_symbols(Bytes section, const NameTable& names, ElfDynamics& dynamics) {
  for (const auto& symbol : records_of<Elf64_Sym>(section)) {
    const unsigned binding = ELF64_ST_BIND(symbol.st_info);
    if (symbol.st_name == 0 || binding == STB_LOCAL) continue;
    if (symbol.st_shndx != SHN_UNDEF) {
      dynamics.defined.push_back(names.at(symbol.st_name));
      if (binding == STB_GNU_UNIQUE) dynamics.unique.push_back(dynamics.defined.back());
    } else if (binding != STB_WEAK) {
      dynamics.required.push_back(names.at(symbol.st_name));
    }
  }
}

}  // namespace

ElfDynamics read_elf_dynamics(const std::filesystem::path& library) {
  const auto file = MappedFile::open(library);
  const std::string path = library.string();
  const NameTable names(elf_section(file->bytes(), ".dynstr", path), path);
  ElfDynamics dynamics;
  read_entries(elf_section(file->bytes(), ".dynamic", path), names, dynamics);
  read_symbols(elf_section(file->bytes(), ".dynsym", path), names, dynamics);
  return dynamics;
}

}  // namespace modelhost

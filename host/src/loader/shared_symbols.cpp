#include "loader/shared_symbols.h"

#include <cxxabi.h>
#include <elf.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <span>

#include "modelhost/base/mapped_file.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/registry/error_codes.h"

namespace modelhost::host {
namespace {

// Reads of the file are checked against its end, since nobody vouches for the numbers in it.
class ElfFile {
 public:
  explicit ElfFile(const std::filesystem::path& path) : path_(path), file_(MappedFile::open(path)) {}

  template <typename T>
  T at(uint64_t offset) const {
    T value;
    const auto bytes = range(offset, sizeof(T));
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  std::span<const std::byte> range(uint64_t offset, uint64_t size) const {
    const auto bytes = file_->bytes();
    if (offset <= bytes.size() && size <= bytes.size() - offset) return bytes.subspan(offset, size);
    throw Error(codes::kNotALibrary, std::string(codes::kNotALibrary.title) + ": its symbol table is damaged")
        .file(path_.string());
  }

  std::string text(const Elf64_Shdr& strings, uint64_t offset) const {
    const auto table = range(strings.sh_offset, strings.sh_size);
    if (offset >= table.size()) return {};
    const char* begin = reinterpret_cast<const char*>(table.data() + offset);
    return {begin, ::strnlen(begin, table.size() - offset)};
  }

 private:
  std::filesystem::path path_;
  std::shared_ptr<const MappedFile> file_;
};

// The stamp was read from this file before, so its header is that of a library of this machine.
std::vector<Elf64_Shdr> sections(const ElfFile& file) {
  const auto header = file.at<Elf64_Ehdr>(0);
  std::vector<Elf64_Shdr> all;
  for (uint64_t i = 0; header.e_shoff != 0 && i < header.e_shnum; ++i)
    all.push_back(file.at<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr)));
  return all;
}

std::string readable(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : symbol;
}

}  // namespace

std::vector<std::string> unique_symbols(const std::filesystem::path& library) {
  const ElfFile file(library);
  const std::vector<Elf64_Shdr> all = sections(file);
  std::set<std::string> names;
  for (const Elf64_Shdr& section : all) {
    if (section.sh_type != SHT_DYNSYM || section.sh_link >= all.size()) continue;
    file.range(section.sh_offset, section.sh_size);
    for (uint64_t i = 0; i < section.sh_size / sizeof(Elf64_Sym); ++i) {
      const auto symbol = file.at<Elf64_Sym>(section.sh_offset + i * sizeof(Elf64_Sym));
      if (ELF64_ST_BIND(symbol.st_info) != STB_GNU_UNIQUE || symbol.st_shndx == SHN_UNDEF) continue;
      names.insert(file.text(all[section.sh_link], symbol.st_name));
    }
  }
  return {names.begin(), names.end()};
}

void check_no_shared_symbols(const std::filesystem::path& library) {
  const std::vector<std::string> symbols = unique_symbols(library);
  if (symbols.empty()) return;
  Error error(codes::kSharedSymbols, std::string(codes::kSharedSymbols.title));
  error.file(library.string());
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(symbols.size(), kShown); ++i) error.note(readable(symbols[i]));
  if (symbols.size() > kShown) error.note("and " + std::to_string(symbols.size() - kShown) + " more");
  throw error;
}

}  // namespace modelhost::host

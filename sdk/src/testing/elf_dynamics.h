// What a shared library says to the dynamic linker, read from its bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace modelhost::testing {

struct ElfDynamics {
  std::vector<std::string> needed;    ///< libraries, by SONAME
  std::vector<std::string> defined;   ///< symbols that others can see
  std::vector<std::string> required;  ///< undefined symbols; weak ones are not among them
  bool stays_loaded = false;          ///< linked with -z nodelete
};

/// Errors: those of elf_section and MappedFile; kNotALibrary for a name that lies outside the table of names.
ElfDynamics read_elf_dynamics(const std::filesystem::path& library);

}  // namespace modelhost::testing

// What a shared library says to the dynamic linker, read from its bytes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace modelhost {

struct ElfDynamics {
  std::vector<std::string> needed;    ///< libraries, by SONAME
  std::vector<std::string> defined;   ///< symbols that others can see
  std::vector<std::string> required;  ///< undefined symbols; weak ones are not among them
  std::vector<std::string> unique;    ///< of the defined ones those that a process has only once
  bool stays_loaded = false;          ///< linked with -z nodelete
};

/// As far as the sections of the file tell. Errors: kNotALibrary where it is not a 64-bit shared object of
/// this machine, or a table or a name lies outside of where it must be; those of MappedFile.
ElfDynamics read_elf_dynamics(const std::filesystem::path& library);

}  // namespace modelhost

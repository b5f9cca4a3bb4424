// Symbols that the loader shares between all libraries of a process, whatever RTLD_LOCAL says.
#pragma once

#include <filesystem>

namespace modelhost::host {

/// g++ makes symbols of the kind STB_GNU_UNIQUE of statics in inline functions and templates. Two plugins
/// that define the same name use one object, even if they mean different ones. Errors: kSharedSymbols that
/// lists those that the library defines; those of read_elf_dynamics.
void check_no_shared_symbols(const std::filesystem::path& library);

}  // namespace modelhost::host

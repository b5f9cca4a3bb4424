// Symbols that the loader shares between all libraries of a process, whatever RTLD_LOCAL says.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace modelhost::host {

/// The symbols of the kind STB_GNU_UNIQUE that a library defines, as far as its section headers tell; sorted.
/// g++ makes them of statics in inline functions and templates. Two plugins that define the same name use one
/// object, even if they mean different ones. Errors: kNotALibrary for a file whose symbol table is damaged;
/// those of MappedFile.
std::vector<std::string> unique_symbols(const std::filesystem::path& library);

/// Errors: kSharedSymbols that lists them.
void check_no_shared_symbols(const std::filesystem::path& library);

}  // namespace modelhost::host

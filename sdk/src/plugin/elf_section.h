// The bytes of one section of an ELF file.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace modelhost {

/// Empty when there is no such section.
/// Errors: kNotALibrary when `file` is not a 64-bit shared object for this machine or its tables lie outside
/// it.
std::span<const std::byte> elf_section(std::span<const std::byte> file, std::string_view section,
                                       const std::string& path);

}  // namespace modelhost

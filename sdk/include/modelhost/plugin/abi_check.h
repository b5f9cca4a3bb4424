// Reading a plugin's stamp from the file and comparing it with the host's, all without running the plugin.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "modelhost/base/error.h"
#include "modelhost/plugin/abi_stamp.h"

namespace modelhost {

/// The stamp of this SDK library: what a plugin must match.
const AbiStamp& host_abi_stamp();

/// Compares the LibTorch that this SDK was compiled with to the one that the process runs with; the dynamic
/// linker takes any library of the right name. Errors: kStampTorch.
void check_torch_runtime();

/// The stamp in the section `.modelhost.abi` of a shared library.
/// Errors: kNotALibrary (not an ELF shared object of this machine, or truncated), kStampMissing, those of
/// MappedFile.
AbiStamp read_abi_stamp(const std::filesystem::path& library);

/// One difference that forbids loading.
struct AbiMismatch {
  ErrorCode code;
  std::string what;    ///< e.g. "LibTorch"
  std::string host;    ///< what the host has
  std::string plugin;  ///< what the plugin has
};

/// Every difference that matters, most important first; empty when the plugin fits.
std::vector<AbiMismatch> compare_abi(const AbiStamp& host, const AbiStamp& plugin);

/// The error for a non-empty list: the first mismatch as the headline, the others as notes, and how to fix
/// it.
Error abi_error(const std::vector<AbiMismatch>& mismatches, const std::filesystem::path& library);

}  // namespace modelhost

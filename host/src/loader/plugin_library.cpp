#include "loader/plugin_library.h"

#include <dlfcn.h>

#include <vector>  // Boost 1.74's headers need it first

#include <boost/dll/shared_library.hpp>

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <mutex>

#include "loader/shared_symbols.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/plugin/abi_check.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
namespace dll = boost::dll;

constexpr const char* kDescriptorSymbol = "modelhost_plugin_v1";

// All symbols now: a missing one is an error here, not a crash later. Local: plugins do not see each other.
// Boost.DLL has no name for RTLD_NODELETE but hands the bits to dlopen.
constexpr auto kOpenMode =
    static_cast<dll::load_mode::type>(static_cast<int>(dll::load_mode::rtld_now) |
                                      static_cast<int>(dll::load_mode::rtld_local) | RTLD_NODELETE);

// Handles are never closed, and never destroyed at exit either.
void keep_open(dll::shared_library library) {
  static auto* mutex = new std::mutex;
  static auto* libraries = new std::vector<dll::shared_library>;
  const std::lock_guard lock(*mutex);
  libraries->push_back(std::move(library));
}

// "undefined symbol: _ZN3foo3barEv" says little; the name behind it says which header or library is missing.
std::string readable_symbol(const std::string& loader_message) {
  constexpr std::string_view kIntroduction = "undefined symbol: ";
  const auto at = loader_message.find(kIntroduction);
  if (at == std::string::npos) return {};
  const std::string rest = loader_message.substr(at + kIntroduction.size());
  const std::string symbol = rest.substr(0, rest.find_first_of(", )]\n"));
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : symbol;
}

Error open_error(const fs::path& library, const std::string& loader_message) {
  Error error(codes::kPluginOpen, "plugin library cannot be opened: " + loader_message);
  error.file(library.string());
  const std::string symbol = readable_symbol(loader_message);
  if (symbol.empty())
    return error.fix("check that every library it needs is installed: ldd " + library.string());
  return error.note("the undefined symbol is " + symbol)
      .fix("rebuild the plugin against this host and link every library it uses");
}

Error descriptor_error(const fs::path& library, const std::string& why) {
  return Error(codes::kPluginNoDescriptor, "plugin library has no usable descriptor: " + why)
      .file(library.string())
      .fix("write one MODELHOST_PLUGIN(id, version, classes…) line in one source of the plugin");
}

const PluginDescriptor& descriptor_of(const dll::shared_library& library, const fs::path& path) {
  if (!library.has(kDescriptorSymbol)) {
    throw descriptor_error(path, "there is no symbol " + std::string(kDescriptorSymbol));
  }
  const auto& descriptor = library.get<const PluginDescriptor>(kDescriptorSymbol);
  // `size` comes first in every version: only after it is known to be large enough may the rest be read.
  if (descriptor.size < sizeof(PluginDescriptor)) throw descriptor_error(path, "it is too short");
  if (!descriptor.id || !descriptor.version) throw descriptor_error(path, "it lacks id or version");
  if (!descriptor.register_models) throw descriptor_error(path, "it lacks the register function");
  return descriptor;
}

}  // namespace

void check_stamp(const fs::path& library) {
  const auto mismatches = compare_abi(host_abi_stamp(), read_abi_stamp(library));
  if (!mismatches.empty()) throw abi_error(mismatches, library);
  check_no_shared_symbols(library);
}

bool is_library_open(const fs::path& library) {
  void* handle = ::dlopen(library.c_str(), RTLD_NOLOAD | RTLD_LAZY | RTLD_LOCAL);
  if (handle) ::dlclose(handle);  // one of several: it stays open
  return handle != nullptr;
}

const PluginDescriptor& open_plugin_library(const fs::path& path, const FileIdentity& checked, bool& opened) {
  check_stamp(path);
  if (file_identity(path) != checked) throw open_error(path, "it changed while it was being checked");
  opened = true;
  dll::shared_library library;
  try {
    library.load(path, kOpenMode);
  } catch (const std::exception& error) {
    throw open_error(path, error.what());
  }
  keep_open(library);
  if (file_identity(path) != checked) throw open_error(path, "it changed while it was being opened");
  return descriptor_of(library, path);
}

}  // namespace modelhost::host

// What can be told of a plugin from the bytes of its library.
#include <cxxabi.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>

#include "modelhost/base/text.h"
#include "modelhost/plugin/abi_check.h"
#include "modelhost/plugin/elf_dynamics.h"
#include "modelhost/testing/conformance.h"

namespace modelhost::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNamesShown = 8;

// Symbols as an author knows them, a line each.
std::string listed(const std::vector<std::string>& symbols) {
  std::string text;
  for (std::size_t i = 0; i < std::min(symbols.size(), kNamesShown); ++i) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> name(
        abi::__cxa_demangle(symbols[i].c_str(), nullptr, nullptr, &status), std::free);
    text += "\n  " + printable(status == 0 ? name.get() : symbols[i]);
  }
  if (symbols.size() > kNamesShown)
    text += "\n  and " + std::to_string(symbols.size() - kNamesShown) + " more";
  return text;
}

void check_stamp(const fs::path& library) {
  const auto mismatches = compare_abi(host_abi_stamp(), read_abi_stamp(library));
  if (!mismatches.empty()) throw abi_error(mismatches, library);
}

void check_exports(const fs::path& library) {
  const ElfDynamics dynamics = read_elf_dynamics(library);
  std::set<std::string> missing = {"modelhost_abi", "modelhost_plugin_v1"};
  std::vector<std::string> extra;
  for (const std::string& symbol : dynamics.defined) {
    if (missing.erase(symbol) == 0) extra.push_back(symbol);
  }
  if (!missing.empty()) {
    fail_case("it does not export" + listed({missing.begin(), missing.end()}) +
              "\nwrite one MODELHOST_PLUGIN(…) line");
  }
  if (!extra.empty()) {
    fail_case("it also exports" + listed(extra) +
              "\nanother plugin may have the same names: build it with modelhost_add_plugin()");
  }
}

// A copy of LibTorch, the C++ library or the SDK, by its file name.
bool is_runtime(const std::string& name) {
  constexpr const char* kRuntimes[] = {"libtorch", "libc10", "libstdc++", "libgcc_s", "libmodelhost_"};
  return std::ranges::any_of(kRuntimes, [&](const char* start) { return name.starts_with(start); });
}

void check_bundles_nothing(const fs::path& library) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(library.parent_path())) {
    if (is_runtime(entry.path().filename().string())) found.push_back(entry.path().filename().string());
  }
  std::ranges::sort(found);
  if (!found.empty())
    fail_case("the folder also holds" + listed(found) + "\na plugin uses what its host has: remove them");
  const auto needed = read_elf_dynamics(library).needed;
  if (std::ranges::none_of(needed, [](const auto& name) { return name.starts_with("libmodelhost_sdk.so"); }))
    fail_case("it does not need libmodelhost_sdk.so: link modelhost::sdk, and nothing of it statically");
}

// Libraries that the host has not loaded cannot be looked into without running their code.
void check_symbols(const fs::path& library) {
  const ElfDynamics dynamics = read_elf_dynamics(library);
  std::vector<std::string> unknown, others;
  for (const std::string& symbol : dynamics.required) {
    if (!::dlsym(RTLD_DEFAULT, symbol.c_str())) unknown.push_back(symbol);
  }
  for (const std::string& needed : dynamics.needed) {
    void* handle = ::dlopen(needed.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (handle) {
      ::dlclose(handle);
    } else {
      others.push_back(needed);
    }
  }
  if (unknown.empty()) return;
  const std::string found = "undefined symbols that the host has not" + listed(unknown);
  if (others.empty()) fail_case(found + "\nlink every library that the plugin uses");
  warn_case(found + "\nthey may stand in libraries that were not looked into:" + listed(others));
}

void check_nodelete(const fs::path& library) {
  if (!read_elf_dynamics(library).stays_loaded)
    fail_case("it can be unloaded, and tensors or exceptions may outlive it: link with -Wl,-z,nodelete");
}

}  // namespace

std::vector<ConformanceCase> library_cases(const fs::path& library) {
  const auto one = [&](const char* id, const char* sentence, void (*check)(const fs::path&)) {
    return ConformanceCase{id, "library", sentence, [library, check] { check(library); }};
  };
  return {
      one("stamp-matches", "the library's ABI stamp fits this host", check_stamp),
      one("exports-contract-only", "the library exports the contract's two symbols and nothing else",
          check_exports),
      one("bundles-no-runtime", "neither LibTorch nor the C++ library nor the SDK lies beside the library",
          check_bundles_nothing),
      one("symbols-resolve", "every symbol that the library needs is there", check_symbols),
      one("stays-loaded", "the library stays in memory when it is closed (-z nodelete)", check_nodelete),
  };
}

}  // namespace modelhost::testing

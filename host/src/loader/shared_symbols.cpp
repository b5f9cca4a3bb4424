#include "loader/shared_symbols.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "modelhost/host/error_codes.h"
#include "modelhost/plugin/elf_dynamics.h"

namespace modelhost::host {
namespace {

std::string readable(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : symbol;
}

}  // namespace

void check_no_shared_symbols(const std::filesystem::path& library) {
  std::vector<std::string> symbols = read_elf_dynamics(library).unique;
  if (symbols.empty()) return;
  std::ranges::sort(symbols);
  Error error(codes::kSharedSymbols, std::string(codes::kSharedSymbols.title));
  error.file(library.string());
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(symbols.size(), kShown); ++i) error.note(readable(symbols[i]));
  if (symbols.size() > kShown) error.note("and " + std::to_string(symbols.size() - kShown) + " more");
  throw error;
}

}  // namespace modelhost::host

#include "print_list.h"

#include <iostream>

#include "modelhost/base/text.h"

namespace modelhost::host {

void print_list(const char* title, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::vector<std::string> safe;
  for (const std::string& name : names) safe.push_back(printable(name));
  std::cout << "  " << title << ": " << join(safe, ", ") << '\n';
}

}  // namespace modelhost::host

#include "loader/torch_operators.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>
#include <iterator>

#include "modelhost/host/error_codes.h"

namespace modelhost::host {
namespace {

// The dispatcher does not tell which namespaces are claimed, but refuses to claim one twice.
bool is_claimed(const std::string& name) {
  try {
    const auto released_at_once = c10::Dispatcher::singleton().registerLibrary(name, "modelhost");
    return false;
  } catch (const c10::Error&) {
    return true;
  }
}

std::set<std::string> difference(const std::set<std::string>& from, const std::set<std::string>& without) {
  std::set<std::string> rest;
  std::ranges::set_difference(from, without, std::inserter(rest, rest.end()));
  return rest;
}

}  // namespace

TorchRegistrations torch_registrations() {
  TorchRegistrations registrations;
  std::set<std::string> namespaces;
  c10::Dispatcher& dispatcher = c10::Dispatcher::singleton();
  for (const c10::OperatorName& name : dispatcher.getAllOpNames()) {
    if (const auto space = name.getNamespace()) namespaces.emplace(*space);
    if (dispatcher.findSchema(name)) registrations.operators.insert(toString(name));
  }
  for (const std::string& name : namespaces) {
    if (is_claimed(name)) registrations.namespaces.insert(name);
  }
  return registrations;
}

TorchRegistrations added(const TorchRegistrations& before, const TorchRegistrations& after) {
  return {difference(after.operators, before.operators), difference(after.namespaces, before.namespaces)};
}

void check_no_conflict(const TorchRegistrations& wanted) {
  if (wanted.operators.empty() && wanted.namespaces.empty()) return;
  Error error(codes::kOperatorConflict, std::string(codes::kOperatorConflict.title));
  bool conflicts = false;
  for (const std::string& name : wanted.namespaces) {
    if (!is_claimed(name)) continue;
    conflicts = true;
    error.note("a TORCH_LIBRARY of the namespace " + name + " is there already");
  }
  const std::set<std::string> present = torch_registrations().operators;
  for (const std::string& name : wanted.operators) {
    if (!present.contains(name)) continue;
    conflicts = true;
    error.note("the operator " + name + " is there already");
  }
  if (conflicts) throw error;
}

}  // namespace modelhost::host

// What an architecture can do beyond the contract: each capability is a header and a number of its own, and a
// class that says nothing of it has none. A capability that is added or changed leaves every plugin alone
// that does not declare it.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace modelhost {

/// Which capability, and what it looks like. Both numbers are compared whole: there is no "compatible"
/// version.
struct CapabilityId {
  std::string_view name;  ///< e.g. "generation"; a constant of the header, never another thing's name
  uint32_t version;       ///< raised by hand with every change
  uint64_t headers;       ///< a hash of the header: MODELHOST_CAPABILITY_<name> of capability_numbers.h

  bool operator==(const CapabilityId&) const = default;
};

/// A struct in `modelhost/capabilities/<name>.h` that a class fills, for example:
///
///     struct Greeting {
///       static constexpr CapabilityId id{"greeting", 1, MODELHOST_CAPABILITY_greeting};
///       std::string (*greet)(const PreTrainedModel& model);
///       template <typename Model>
///       static Greeting of() { return {[](const PreTrainedModel& model) { … }}; }
///     };
///
/// The plugin makes it and the host calls what is in it, after a look at `id`. The header declares no
/// function of the SDK that a plugin would call or derive from: those would bind the plugin to it before
/// anybody has compared a number.
template <typename C>
concept CapabilityClass = requires {
  { C::id } -> std::convertible_to<CapabilityId>;
};

/// What a class offers. `value` is to be read by those only whose C::id is equal to `id`: see
/// find_capability.
struct Capability {
  CapabilityId id;
  std::shared_ptr<const void> value;
};

/// What a class declares: `using capabilities = modelhost::Capabilities<Greeting, …>;`
template <CapabilityClass... Cs>
struct Capabilities {
  template <typename Model>
  static std::vector<Capability> of() {
    return {Capability{Cs::id, std::make_shared<const Cs>(Cs::template of<Model>())}...};
  }
};

/// nullptr unless C is offered, with the version and the headers that the caller was compiled with.
template <CapabilityClass C>
const C* find_capability(std::span<const Capability> offered) {
  for (const Capability& one : offered) {
    if (one.id == C::id) return static_cast<const C*>(one.value.get());
  }
  return nullptr;
}

}  // namespace modelhost

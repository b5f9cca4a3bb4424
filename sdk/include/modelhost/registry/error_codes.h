// The codes for plugins that do not fit: what their libraries' bytes say, and names that are taken. The other
// codes about plugins are the host's.
#pragma once

#include <array>

#include "modelhost/base/error.h"

namespace modelhost::codes {

// P: plugins. P1 manifest, P2 policy, P3 stamp, P4 trial, P5 load, P6 registration, P7 lookup
inline constexpr ErrorCode kStampMissing{"P301", "library carries no modelhost ABI stamp",
                                         "build it with modelhost_add_plugin() and a MODELHOST_PLUGIN line"};
inline constexpr ErrorCode kStampTorch{"P302", "plugin was built for another LibTorch",
                                       "rebuild the plugin against this host"};
inline constexpr ErrorCode kStampSdk{"P303", "plugin was built for another SDK",
                                     "rebuild the plugin against this host"};
inline constexpr ErrorCode kStampStdlib{"P304", "plugin was built with an incompatible C++ library",
                                        "rebuild with the host's compiler or an older one"};
inline constexpr ErrorCode kStampInstrumented{"P305", "plugin and host differ in sanitizers or debug mode",
                                              "build both with the same settings"};
inline constexpr ErrorCode kStampJson{"P306", "plugin was built with an incompatible nlohmann_json",
                                      "rebuild with the host's nlohmann_json"};
inline constexpr ErrorCode kNotALibrary{"P307", "plugin library is not a shared library of this machine",
                                        "point library at the right file, or build it again"};
inline constexpr ErrorCode kRegistrationConflict{"P603", "architecture is already taken by another plugin",
                                                 "name one of them in prefer of the host settings"};

/// All of the above.
inline constexpr std::array kRegistryCodes{
    kStampMissing, kStampTorch, kStampSdk, kStampStdlib, kStampInstrumented, kStampJson, kNotALibrary,
    kRegistrationConflict};

}  // namespace modelhost::codes

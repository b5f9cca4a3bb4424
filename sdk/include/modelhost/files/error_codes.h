// The codes of directories that are replaced. Those of single files are in base/error_codes.h: base throws
// some too.
#pragma once

#include <array>

#include "modelhost/base/error.h"

namespace modelhost::codes {

// V: saving, as far as directories are concerned
inline constexpr ErrorCode kSaveTarget{"V101", "the save target is not a directory",
                                       "choose another path, or move what is there"};
inline constexpr ErrorCode kSaveNoSpace{"V102", "not enough free space to save",
                                        "make room, or save elsewhere"};
inline constexpr ErrorCode kSaveUnfinished{
    "V103", "an interrupted save cannot be completed",
    "open the directory once as a user who may write there, or save again. If the files beside the journal "
    ".modelhost-txn-… are good, delete it"};

/// All of the above.
inline constexpr std::array kFilesCodes{kSaveTarget, kSaveNoSpace, kSaveUnfinished};

}  // namespace modelhost::codes

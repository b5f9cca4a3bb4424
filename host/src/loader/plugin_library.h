// Opening a plugin's library. The only part that knows how libraries are opened.
#pragma once

#include <filesystem>

#include "loader/file_identity.h"
#include "modelhost/plugin/plugin.h"

namespace modelhost::host {

/// Compares the library's ABI stamp, read from its bytes, with this host's, and looks at its symbols.
/// Errors: kNotALibrary, kStamp…, kSharedSymbols, kFileUnreadable, kNotRegularFile.
void check_stamp(const std::filesystem::path& library);

/// Has this process opened the library already, through whatever host?
bool is_library_open(const std::filesystem::path& library);

/// Checks a library's ABI stamp, opens it and gives its descriptor, which is complete. The
/// library stays open until the process ends: tensors, exceptions and autograd nodes may outlive whatever
/// loaded them.
///
/// `library` must be absolute. It is opened by that path and not through /proc/self/fd, although that would
/// rule out a file being exchanged between check and opening: the loader recognises a library by its name, so
/// a second plugin that came to the same descriptor number would silently be the first one, and $ORIGIN and
/// debuggers would be lost. Instead a file that changed in between is refused; the stamp guards against
/// mistakes, not against an attacker with write access to the directory. `checked` is the file's identity
/// when the first check of its content began.
///
/// Errors: those of check_stamp, kPluginOpen, kPluginNoDescriptor.
/// `opened` becomes true as soon as code of the library may have run.
const PluginDescriptor& open_plugin_library(const std::filesystem::path& library, const FileIdentity& checked,
                                            bool& opened);

}  // namespace modelhost::host

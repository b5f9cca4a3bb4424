// Where the links of a model directory may lead.
#pragma once

#include <filesystem>

namespace modelhost {

/// Whether `file`, which stands in `directory` under a plain name, is no symbolic link, or one that stays in
/// that directory or leads into the blobs of the hub cache that the directory belongs to
/// (<repository>/snapshots/<revision>/[<subfolder>/…] and <repository>/blobs/<hash>). A link in a
/// downloaded checkpoint could otherwise name any file of this machine.
bool stays_inside(const std::filesystem::path& file, const std::filesystem::path& directory);

}  // namespace modelhost

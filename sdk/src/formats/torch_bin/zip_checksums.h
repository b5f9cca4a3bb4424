// The checksums of a weights file that is a zip archive.
#pragma once

#include <filesystem>
#include <vector>

#include "modelhost/base/error.h"

namespace modelhost {

/// One error a record whose bytes are not those that were written. Empty for the format before zip, which has
/// no checksums. Errors: kZipMalformed, those of MappedFile.
std::vector<Error> failed_zip_checksums(const std::filesystem::path& file);

}  // namespace modelhost

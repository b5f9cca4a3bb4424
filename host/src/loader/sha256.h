// SHA-256 of files. The only part that knows OpenSSL.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace modelhost::host {

/// 64 hexadecimal digits in lower case, as sha256sum prints them. Errors: kFileUnreadable.
std::string sha256_of_file(const std::filesystem::path& file);

std::string sha256_of(std::string_view bytes);

}  // namespace modelhost::host

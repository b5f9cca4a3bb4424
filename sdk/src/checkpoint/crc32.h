// The checksum of zip records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace modelhost {

uint32_t crc32(std::span<const std::byte> bytes);

}  // namespace modelhost

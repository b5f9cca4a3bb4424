// CRC-32 (the polynomial of zip and Ethernet): tells whether bytes are those that were written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace modelhost {

uint32_t crc32(std::span<const std::byte> bytes);

}  // namespace modelhost

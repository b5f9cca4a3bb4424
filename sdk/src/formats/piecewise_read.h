// Reading many parts of a file, by one thread or by several.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "modelhost/files/input_file.h"

namespace modelhost {

/// A part of a file and where it goes.
struct ReadPiece {
  std::span<std::byte> to;
  uint64_t from = 0;
};

/// Cuts `piece` into pieces of at most `most` bytes and appends them.
void append_pieces(std::vector<ReadPiece>& pieces, const ReadPiece& piece, std::size_t most);

/// Reads all `pieces` with up to `threads` threads, this one among them. `progress`, if set, is called on
/// this thread with the bytes read since the last call. After an error no new piece is begun, and the first
/// error is thrown. Errors: kFileUnreadable; what `progress` throws.
void read_pieces(const InputFile& file, std::span<const ReadPiece> pieces, std::size_t threads,
                 const std::function<void(uint64_t bytes)>& progress);

}  // namespace modelhost

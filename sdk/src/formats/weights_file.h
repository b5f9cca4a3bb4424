// From the name of a weights file to the reader of its format.
#pragma once

#include <filesystem>
#include <memory>

#include "modelhost/formats/checkpoint_reader.h"

namespace modelhost {

/// Errors: those of BinReader for *.bin, *.pt and *.pth, else those of SafetensorsReader.
std::unique_ptr<CheckpointReader> open_weights_file(const std::filesystem::path& path, ReadMode mode);

}  // namespace modelhost

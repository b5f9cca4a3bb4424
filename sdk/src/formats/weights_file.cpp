#include "weights_file.h"

#include <string>

#include "formats/torch_bin/bin_reader.h"
#include "modelhost/formats/safetensors/safetensors_reader.h"

namespace modelhost {

std::unique_ptr<CheckpointReader> open_weights_file(const std::filesystem::path& path, ReadMode mode) {
  const std::string extension = path.extension().string();
  if (extension == ".bin" || extension == ".pt" || extension == ".pth")
    return std::make_unique<BinReader>(path, mode);
  return std::make_unique<SafetensorsReader>(path, mode);
}

}  // namespace modelhost

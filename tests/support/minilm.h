// The real model, where ./tools/setup puts it.
#pragma once

#include <cstdlib>
#include <filesystem>

#include "support/paths.h"

namespace modelhost::test {

/// Empty when the model is not there. MODELHOST_MINILM_DIR wins over the checkout's own.
inline std::filesystem::path minilm_dir() {
  std::error_code status;
  if (const char* given = std::getenv("MODELHOST_MINILM_DIR")) return given;
  const std::filesystem::path own = test::source_path(".cache/models/all-MiniLM-L6-v2");
  return std::filesystem::exists(own / "model.safetensors", status) ? own : std::filesystem::path();
}

}  // namespace modelhost::test

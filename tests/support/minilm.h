// The real model, where ./tools/setup puts it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/paths.h"

namespace modelhost::test {

/// Empty when the model is not there. MODELHOST_MINILM_DIR wins over the checkout's own.
inline std::filesystem::path minilm_dir() {
  std::error_code status;
  if (const char* given = std::getenv("MODELHOST_MINILM_DIR")) return given;
  const std::filesystem::path own = test::source_path(".cache/models/all-MiniLM-L6-v2");
  return std::filesystem::exists(own / "model.safetensors", status) ? own : std::filesystem::path();
}

/// The sentences that goldens/minilm was made of.
inline const std::string kTexts = source_path("tests/goldens/minilm/texts.txt").string();

}  // namespace modelhost::test

// config.json in its directory; what is in it is pretrained_config.cpp's.
#include "modelhost/base/error_codes.h"
#include "modelhost/config/pretrained_config.h"
#include "modelhost/files/atomic_directory.h"
#include "modelhost/files/json_file.h"

namespace modelhost {

Json read_config_json(const std::filesystem::path& model_dir) {
  recover_directory(model_dir);
  const std::filesystem::path path = model_dir / "config.json";
  std::error_code status;
  if (!std::filesystem::exists(path, status)) {
    throw Error(codes::kConfigMissing, "config.json not found")
        .file(path.string())
        .fix("give the directory that holds config.json and the weights");
  }
  Json object = read_json_file(path);
  if (!object.is_object()) {
    throw Error(codes::kConfigType, "config.json must hold an object")
        .file(path.string())
        .got(describe_json(object));
  }
  return object;
}

}  // namespace modelhost

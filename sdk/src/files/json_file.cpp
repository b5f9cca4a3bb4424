#include "modelhost/files/json_file.h"

#include "modelhost/files/mapped_file.h"

namespace modelhost {

Json read_json_file(const std::filesystem::path& path) {
  return parse_json(read_text_file(path, kMaxJsonBytes), path.string());
}

}  // namespace modelhost

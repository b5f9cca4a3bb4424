#include "weight_map.h"

#include "modelhost/base/error_codes.h"
#include "modelhost/base/json.h"
#include "modelhost/base/text.h"

namespace modelhost {

namespace fs = std::filesystem;

Error index_error(const fs::path& index, const std::string& key) {
  return Error(codes::kCheckpointIndex, "a checkpoint index is malformed").file(index.string()).key(key);
}

fs::path safe_shard_path(const fs::path& index, const std::string& name) {
  const bool plain = !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
                     name.find('\\') == std::string::npos && name.find('\0') == std::string::npos;
  const fs::path path = index.parent_path() / name;
  std::error_code status;
  if (plain && fs::is_symlink(path, status)) {
    const fs::path target = fs::weakly_canonical(path, status);
    const fs::path own = fs::weakly_canonical(index.parent_path(), status);
    const fs::path blobs = own.parent_path().parent_path() / "blobs";
    if (target.parent_path() == own || target.parent_path() == blobs) return path;
  } else if (plain) {
    return path;
  }
  throw Error(codes::kCheckpointUnsafeName, "an index names a file outside its directory")
      .file(index.string())
      .key("weight_map")
      .expected("the plain name of a file in the same directory")
      .got(quote(name))
      .fix("do not use this checkpoint unless you know who made it");
}

std::map<std::string, std::string> parse_weight_map(std::string_view text, const fs::path& index) {
  const Json json = parse_json(text, index.string());
  const auto map = json.is_object() ? json.find("weight_map") : json.end();
  if (!json.is_object() || map == json.end() || !map->is_object() || map->empty()) {
    throw index_error(index, "weight_map").expected("an object that maps tensor names to file names");
  }
  std::map<std::string, std::string> names;
  for (const auto& [key, value] : map->items()) {
    if (!value.is_string()) {
      throw index_error(index, "weight_map." + key).expected("a file name").got(describe_json(value));
    }
    names[key] = value.get<std::string>();
  }
  return names;
}

}  // namespace modelhost

#include "modelhost/host/surgery/tokenizer_ids.h"

#include <algorithm>
#include <fstream>
#include <string>

#include "modelhost/base/error.h"
#include "modelhost/base/json.h"
#include "modelhost/files/json_file.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

// A vocabulary is an object of tokens with ids, or a list whose positions are the ids.
int64_t ids_in(const Json& vocabulary) {
  if (vocabulary.is_array()) return static_cast<int64_t>(vocabulary.size());
  int64_t ids = 0;
  for (const Json& id : vocabulary) ids = std::max(ids, id.get<int64_t>() + 1);
  return ids;
}

int64_t ids_of_document(const Json& document) {
  int64_t ids = ids_in(document.at("model").at("vocab"));
  for (const Json& token : document.value("added_tokens", Json::array()))
    ids = std::max(ids, token.at("id").get<int64_t>() + 1);
  return ids;
}

int64_t lines_in(const fs::path& path) {
  std::ifstream in(path);
  int64_t lines = 0;
  for (std::string line; std::getline(in, line);) ++lines;
  return lines;
}

}  // namespace

std::optional<int64_t> tokenizer_ids(const fs::path& model_dir) {
  std::error_code status;
  try {
    if (const fs::path file = model_dir / "tokenizer.json"; fs::exists(file, status))
      return ids_of_document(read_json_file(file));
    if (const fs::path file = model_dir / "vocab.json"; fs::exists(file, status))
      return ids_in(read_json_file(file));
    if (const fs::path file = model_dir / "vocab.txt"; fs::exists(file, status)) return lines_in(file);
  } catch (const Error&) {
    return std::nullopt;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace modelhost::host

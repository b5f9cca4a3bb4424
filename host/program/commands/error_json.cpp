#include "error_json.h"

namespace modelhost::host {

Json error_json(const Error& error) {
  Json out = {{"code", error.code()}, {"message", error.message()}};
  auto add = [&out](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  add("file", error.file());
  add("key", error.key());
  add("expected", error.expected());
  add("got", error.got());
  add("notes", error.notes());
  add("fix", error.fix());
  if (error.line() > 0) out["line"] = error.line();
  if (error.column() > 0) out["column"] = error.column();
  return out;
}

}  // namespace modelhost::host

#include "task.h"

#include <algorithm>
#include <array>

#include "embed_task.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "modelhost/host/error_codes.h"

namespace modelhost::host {

std::span<const TaskKind> task_kinds() {
  static const std::array kKinds{embed_task()};
  return kKinds;
}

const TaskKind& find_task(const std::string& name, const std::string& config_file) {
  std::vector<std::string> known;
  for (const TaskKind& kind : task_kinds()) {
    if (kind.name == name) return kind;
    known.emplace_back(kind.name);
  }
  throw Error(codes::kYamlValue, "there is no such task")
      .file(config_file)
      .key("task")
      .expected(join(known, ", "))
      .got(quote(name));
}

std::vector<std::string> output_formats() {
  std::vector<std::string> formats;
  for (const TaskKind& kind : task_kinds()) {
    for (const std::string_view format : kind.formats) {
      if (std::ranges::find(formats, format) == formats.end()) formats.emplace_back(format);
    }
  }
  return formats;
}

}  // namespace modelhost::host

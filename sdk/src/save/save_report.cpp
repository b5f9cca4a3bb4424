#include <cstdio>

#include "modelhost/base/text.h"
#include "modelhost/save/save_pretrained.h"

namespace modelhost {
namespace {

void append_names(std::string& text, const std::vector<std::string>& names, const std::string& meaning) {
  if (!names.empty()) text += "\n  " + meaning + ": " + join(names, ", ");
}

}  // namespace

std::string SaveReport::to_text() const {
  char head[160];
  std::snprintf(head, sizeof head, "saved %lld tensors (%s) in %lld file%s in %.1f ms to ",
                static_cast<long long>(tensors), human_bytes(bytes).c_str(), static_cast<long long>(shards),
                shards == 1 ? "" : "s", seconds * 1e3);
  std::string text = head + directory.string();
  append_names(text, removed, "earlier weights that were removed");
  append_names(text, tied_keys, "not written because another name holds the same tensor");
  append_names(text, ignored_keys, "not written because the class says so");
  return text;
}

}  // namespace modelhost

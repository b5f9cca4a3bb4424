#include "modelhost/host/loader/name_forms.h"

#include <regex>
#include <string>

namespace modelhost::host {
namespace {

// std::regex recurses once a character: names come from files, so their length is bounded first.
bool matches(std::string_view text, const std::regex& form) {
  constexpr std::size_t kLongestName = 128;
  return text.size() <= kLongestName && std::regex_match(text.begin(), text.end(), form);
}

}  // namespace

bool is_plugin_id(std::string_view text) {
  static const std::regex form("[a-z][a-z0-9-]*(\\.[a-z0-9][a-z0-9_-]*)+");
  return matches(text, form);
}

bool is_semantic_version(std::string_view text) {
  static const std::regex form(
      "(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(-[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?"
      "(\\+[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?");
  return matches(text, form);
}

bool is_model_type(std::string_view text) {
  static const std::regex form("[A-Za-z0-9][A-Za-z0-9_.-]*");
  return matches(text, form);
}

bool is_class_name(std::string_view text) {
  static const std::regex form("[A-Za-z_][A-Za-z0-9_]*");
  return matches(text, form);
}

}  // namespace modelhost::host

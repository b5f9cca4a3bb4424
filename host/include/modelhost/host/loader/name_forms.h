// The forms that names in a manifest must have.
#pragma once

#include <string_view>

namespace modelhost::host {

bool is_plugin_id(std::string_view text);  ///< reverse DNS: lower-case parts, at least two, joined by dots
bool is_semantic_version(std::string_view text);  ///< semver.org 2.0.0
bool is_model_type(std::string_view text);  ///< as transformers has them: "xlm-roberta", "blip-2", "mpt"
bool is_class_name(std::string_view text);  ///< an identifier

}  // namespace modelhost::host

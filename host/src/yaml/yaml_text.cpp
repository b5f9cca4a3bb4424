#include "yaml/yaml_text.h"

#include <algorithm>

#include "modelhost/base/text.h"
#include "modelhost/host/yaml/yaml_tree.h"

namespace modelhost::host {
namespace {

// Bytes of the UTF-8 sequence at `at`, 0 if it is malformed, overlong, a surrogate or beyond U+10FFFF.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto continues = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(at + 1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80, high = first == 0xed ? 0x9f : 0xbf;
    return byte(at + 1) >= low && byte(at + 1) <= high && continues(at + 2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned low = first == 0xf0 ? 0x90 : 0x80, high = first == 0xf4 ? 0x8f : 0xbf;
    return byte(at + 1) >= low && byte(at + 1) <= high && continues(at + 2) && continues(at + 3) ? 4 : 0;
  }
  return 0;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

[[noreturn]] void refuse(std::string_view text, std::size_t at, const std::string& source, ErrorCode syntax,
                         const std::string& why) {
  const std::string_view before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto line_start = before.rfind('\n');
  const auto column = line_start == std::string_view::npos ? at + 1 : at - line_start;
  throw Error(syntax, std::string(syntax.title) + ": " + why)
      .file(source)
      .line(line, static_cast<int64_t>(column))
      .fix("write the file as plain UTF-8 text");
}

}  // namespace

void check_yaml_bytes(std::string_view text, const std::string& source, ErrorCode syntax) {
  if (text.size() > kMaxYamlBytes) {
    throw Error(syntax, std::string(syntax.title) + ": it is larger than is plausible")
        .file(source)
        .expected("at most " + human_bytes(kMaxYamlBytes))
        .got(human_bytes(text.size()));
  }
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) refuse(text, i, source, syntax, "it is not UTF-8");
    if (is_control(text[i])) refuse(text, i, source, syntax, "it holds a control character");
    i += length;
  }
}

}  // namespace modelhost::host

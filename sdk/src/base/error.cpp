#include "modelhost/base/error.h"

#include <utility>

namespace modelhost {
namespace {

void append_field(std::string& text, std::string_view name, const std::string& value) {
  if (value.empty()) return;
  text += "\n  ";
  text += name;
  text.append(10 - name.size(), ' ');
  text += value;
}

}  // namespace

Error::Error(ErrorCode code, std::string message)
    : code_(code), message_(std::move(message)), fix_(code.remedy) {
  render();
}

Error::~Error() = default;

Error& Error::file(std::string value) {
  return file_ = std::move(value), render(), *this;
}
Error& Error::key(std::string value) {
  return key_ = std::move(value), render(), *this;
}
Error& Error::expected(std::string value) {
  return expected_ = std::move(value), render(), *this;
}
Error& Error::got(std::string value) {
  return got_ = std::move(value), render(), *this;
}
Error& Error::fix(std::string value) {
  return fix_ = std::move(value), render(), *this;
}

Error& Error::line(int64_t line, int64_t column) {
  line_ = line;
  column_ = column;
  render();
  return *this;
}

Error& Error::note(std::string value) {
  if (!notes_.empty()) notes_ += "\n            ";
  notes_ += value;
  render();
  return *this;
}

void Error::render() {
  text_ = "error " + std::string(code_.id) + ": " + message_;
  std::string place = file_;
  if (line_ > 0) place += ":" + std::to_string(line_);
  if (line_ > 0 && column_ > 0) place += ":" + std::to_string(column_);
  append_field(text_, "file", place);
  append_field(text_, "key", key_);
  append_field(text_, "expected", expected_);
  append_field(text_, "got", got_);
  append_field(text_, "note", notes_);
  append_field(text_, "fix", fix_);
}

}  // namespace modelhost

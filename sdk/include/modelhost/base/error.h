// The one exception type of modelhost: a stable code, what happened, where, expected and got, and the remedy.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace modelhost {

/// A stable name for one kind of failure. Codes stand in the `error_codes.h` of their room and are explained
/// in `sdk/ERRORS.md`.
struct ErrorCode {
  std::string_view id;           ///< e.g. "S103"; never reused, never changed once released
  std::string_view title;        ///< a short phrase, e.g. "tensor data lies outside the file"
  std::string_view remedy = {};  ///< what to do where the place that throws knows nothing better
};

/// What every failing function of the SDK and the host throws.
///
/// The setters fill in the context and can be chained in a throw expression:
///
///     throw Error(codes::kConfigType, "a value has the wrong type")
///         .file(path).key("hidden_size").expected("an integer").got("\"abc\"").fix("correct config.json");
///
/// `what()` is the whole text, several lines, ready to be shown to a person.
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message);
  Error(const Error&) = default;
  Error& operator=(const Error&) = default;
  ~Error() override;  // out of line: one type identity in every library

  Error& file(std::string value);
  Error& line(int64_t line, int64_t column = 0);  ///< both counted from 1; 0 means unknown
  Error& key(std::string value);
  Error& expected(std::string value);
  Error& got(std::string value);
  Error& fix(std::string value);   ///< instead of the code's remedy
  Error& note(std::string value);  ///< one more line of explanation; may be called several times

  std::string_view code() const { return code_.id; }
  std::string_view title() const { return code_.title; }
  const std::string& message() const { return message_; }
  const std::string& file() const { return file_; }
  const std::string& key() const { return key_; }
  const std::string& expected() const { return expected_; }
  const std::string& got() const { return got_; }
  const std::string& fix() const { return fix_; }
  const std::string& notes() const { return notes_; }
  int64_t line() const { return line_; }
  int64_t column() const { return column_; }

  const char* what() const noexcept override { return text_.c_str(); }

 private:
  void render();

  ErrorCode code_;
  std::string message_, file_, key_, expected_, got_, fix_, notes_, text_;
  int64_t line_ = 0, column_ = 0;
};

}  // namespace modelhost

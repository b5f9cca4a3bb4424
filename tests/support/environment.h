// An environment variable that is as before when the test is over.
#pragma once

#include <stdlib.h>

#include <optional>
#include <string>
#include <utility>

namespace modelhost::test {

class ScopedEnvironment {
 public:
  /// "" unsets the variable.
  ScopedEnvironment(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* before = ::getenv(name_.c_str())) before_ = before;
    set(value);
  }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;
  ~ScopedEnvironment() { set(before_.value_or("")); }

  void set(const std::string& value) const {
    if (value.empty()) {
      ::unsetenv(name_.c_str());
    } else {
      ::setenv(name_.c_str(), value.c_str(), 1);
    }
  }

 private:
  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace modelhost::test

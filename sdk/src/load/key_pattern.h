// Regular expressions over keys, as Python's `re` understands them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelhost {

/// One pattern in Python's syntax. It is run by ICU's engine, which knows lookahead and lookbehind and has
/// limits on time and memory: keys come from the checkpoint, whoever made it. Python's own `(?P<name>…)`,
/// `(?P=name)` and `\Z` are translated.
class KeyPattern {
 public:
  /// `option` is what the message calls the pattern. Errors: kLoadOption.
  KeyPattern(const std::string& pattern, const std::string& option);
  KeyPattern(KeyPattern&&) noexcept;
  ~KeyPattern();

  /// `re.search`. Errors: kLoadOption when the pattern runs too long on this key.
  bool found_in(std::string_view key) const;

  /// `re.subn`: nothing when the pattern is not found. `replacement` knows \1, \g<1> and \g<name>.
  /// Errors: kLoadOption, also for a group that the pattern has not.
  std::optional<std::string> replaced(std::string_view key, std::string_view replacement) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::vector<KeyPattern> compile_patterns(const std::vector<std::string>& patterns, const std::string& option);
bool any_found_in(const std::vector<KeyPattern>& patterns, std::string_view key);

}  // namespace modelhost

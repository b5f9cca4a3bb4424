#include "key_pattern.h"

#include <unicode/regex.h>

#include <algorithm>
#include <cctype>

#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

using icu::UnicodeString;

constexpr int32_t kTimeLimit = 1000;  // ICU's steps of roughly a millisecond

UnicodeString wide(std::string_view text) {
  return UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
}

std::string to_icu_syntax(std::string_view python) {
  std::string pattern;
  for (std::size_t i = 0; i < python.size(); ++i) {
    const std::string_view rest = python.substr(i);
    if (rest.starts_with("\\Z")) {
      pattern += "\\z";
      ++i;
    } else if (rest.starts_with('\\')) {
      pattern += rest.substr(0, 2);
      ++i;
    } else if (rest.starts_with("(?P<")) {
      pattern += "(?<";
      i += 3;
    } else if (rest.starts_with("(?P=")) {
      const auto end = std::min(rest.find(')'), rest.size());
      pattern += "\\k<" + std::string(rest.substr(4, end - 4)) + ">";
      i += end;
    } else {
      pattern += rest.front();
    }
  }
  return pattern;
}

}  // namespace

struct KeyPattern::Impl {
  std::string text, option;
  std::unique_ptr<icu::RegexPattern> compiled;

  Error error(const std::string& what) const {
    return Error(codes::kLoadOption, "a load option is not usable: " + what).key(option).got(quote(text));
  }
  void check(UErrorCode status) const {
    if (U_FAILURE(status)) throw error("the pattern cannot be matched, " + std::string(u_errorName(status)));
  }
  std::unique_ptr<icu::RegexMatcher> matcher(const UnicodeString& key) const {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::RegexMatcher> matcher(compiled->matcher(key, status));
    check(status);
    matcher->setTimeLimit(kTimeLimit, status);
    check(status);
    return matcher;
  }
  int32_t group_number(std::string_view name, int32_t groups) const {
    UErrorCode status = U_ZERO_ERROR;
    const bool digits =
        !name.empty() && std::ranges::all_of(name, [](char c) { return std::isdigit(c) != 0; });
    const int32_t number = digits && name.size() < 4 ? std::stoi(std::string(name))
                                                     : compiled->groupNumberFromName(wide(name), status);
    if (U_FAILURE(status) || number > groups) throw error("the replacement names a group that is not there");
    return number;
  }
  UnicodeString expand(icu::RegexMatcher& matcher, std::string_view replacement) const;
};

UnicodeString KeyPattern::Impl::expand(icu::RegexMatcher& matcher, std::string_view replacement) const {
  UnicodeString out;
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const std::string_view rest = replacement.substr(i);
    if (rest.size() < 2 || rest[0] != '\\') {
      const std::size_t end = std::min(rest.find('\\', 1), rest.size());
      out += wide(rest.substr(0, end));
      i += end - 1;
      continue;
    }
    std::string_view name;
    if (std::isdigit(static_cast<unsigned char>(rest[1])) != 0) {
      const bool two = rest.size() > 2 && std::isdigit(static_cast<unsigned char>(rest[2])) != 0;
      name = rest.substr(1, two ? 2 : 1);
      i += name.size();
    } else if (rest.starts_with("\\g<") && rest.find('>') != rest.npos) {
      name = rest.substr(3, rest.find('>') - 3);
      i += name.size() + 3;
    } else if (rest[1] == '\\') {
      out += static_cast<char16_t>('\\');
      ++i;
      continue;
    } else {
      throw error("the replacement has an unknown escape").note("replacement: " + quote(replacement));
    }
    UErrorCode status = U_ZERO_ERROR;
    out += matcher.group(group_number(name, matcher.groupCount()), status);
    check(status);
  }
  return out;
}

KeyPattern::KeyPattern(const std::string& pattern, const std::string& option)
    : impl_(std::make_unique<Impl>()) {
  impl_->text = pattern;
  impl_->option = option;
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  impl_->compiled.reset(icu::RegexPattern::compile(wide(to_icu_syntax(pattern)), 0, where, status));
  if (U_FAILURE(status)) {
    throw impl_->error("the pattern is no regular expression, " + std::string(u_errorName(status)));
  }
}

KeyPattern::KeyPattern(KeyPattern&&) noexcept = default;
KeyPattern::~KeyPattern() = default;

bool KeyPattern::found_in(std::string_view key) const {
  const UnicodeString text = wide(key);
  const auto matcher = impl_->matcher(text);
  UErrorCode status = U_ZERO_ERROR;
  const bool found = matcher->find(status) != 0;
  impl_->check(status);
  return found;
}

std::optional<std::string> KeyPattern::replaced(std::string_view key, std::string_view replacement) const {
  const UnicodeString text = wide(key);
  const auto matcher = impl_->matcher(text);
  UErrorCode status = U_ZERO_ERROR;
  UnicodeString out;
  int32_t done = 0;
  bool any = false;
  while (matcher->find(status) != 0) {
    any = true;
    out.append(text, done, matcher->start(status) - done);
    out += impl_->expand(*matcher, replacement);
    done = matcher->end(status);
  }
  impl_->check(status);
  if (!any) return std::nullopt;
  out.append(text, done, text.length() - done);
  std::string result;
  return out.toUTF8String(result);
}

std::vector<KeyPattern> compile_patterns(const std::vector<std::string>& patterns,
                                         const std::string& option) {
  std::vector<KeyPattern> compiled;
  for (const std::string& pattern : patterns) compiled.emplace_back(pattern, option);
  return compiled;
}

bool any_found_in(const std::vector<KeyPattern>& patterns, std::string_view key) {
  return std::ranges::any_of(patterns, [key](const KeyPattern& pattern) { return pattern.found_in(key); });
}

}  // namespace modelhost

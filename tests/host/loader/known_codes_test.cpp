// sdk/ERRORS.md is what people read when a code is all they have: it must know every code, and no other.
#include "loader/known_codes.h"

#include <catch2/catch_test_macros.hpp>

#include <cctype>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "modelhost/base/text.h"
#include "modelhost/files/mapped_file.h"
#include "support/paths.h"

namespace modelhost::host {
namespace {

// The cells of every table row whose first cell looks like a code.
std::multimap<std::string, std::vector<std::string>> documented() {
  const std::string text = read_text_file(test::source_path("sdk/ERRORS.md"), 1 << 20);
  std::multimap<std::string, std::vector<std::string>> rows;
  for (const std::string& line : split_trimmed(text, '\n')) {
    if (!line.starts_with("| ")) continue;
    std::vector<std::string> cells = split_trimmed(line, '|');
    if (cells.at(0) != "code") rows.emplace(cells[0], cells);
  }
  return rows;
}

// "Add `model_type`." in a table is "add model_type" in an error.
std::string as_in_code(std::string sentence) {
  std::erase(sentence, '`');
  if (sentence.ends_with('.')) sentence.pop_back();
  if (sentence.size() > 1 && std::islower(static_cast<unsigned char>(sentence[1])) != 0)
    sentence[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(sentence[0])));
  return sentence;
}

TEST_CASE("every error code is documented once, with its title, when it happens and what to do") {
  const auto rows = documented();
  for (const ErrorCode& code : known_codes()) {
    INFO(code.id);
    REQUIRE(rows.count(std::string(code.id)) == 1);
    const std::vector<std::string>& cells = rows.find(std::string(code.id))->second;
    REQUIRE(cells.size() == 4);
    CHECK(cells[1] == code.title);
    CHECK(as_in_code(cells[3]) == code.remedy);
  }
}

TEST_CASE("no code is documented that does not exist") {
  CHECK(documented().size() == known_codes().size());
}

std::size_t defined_in(const std::string& header) {
  std::size_t defined = 0;
  for (auto at = header.find("ErrorCode k"); at != std::string::npos; at = header.find("ErrorCode k", at + 1))
    ++defined;
  return defined;
}

TEST_CASE("every code of every room's error_codes.h is in the list of all, once") {
  std::size_t defined = 0;
  for (const char* folder : {"sdk/include", "host/include"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(test::source_path(folder))) {
      if (entry.path().filename() != "error_codes.h") continue;
      defined += defined_in(read_text_file(entry.path(), 1 << 20));
    }
  }
  std::set<std::string_view> ids;
  for (const ErrorCode& code : known_codes()) ids.insert(code.id);
  CHECK(ids.size() == known_codes().size());
  CHECK(defined == known_codes().size());
}

}  // namespace
}  // namespace modelhost::host

#include "modelhost/host/yaml/yaml_tree.h"

#include <catch2/catch_test_macros.hpp>


#include "support/error_of.h"
#include "support/temp_dir.h"

namespace modelhost::host {
namespace {

using test::code_of;
using test::error_of;

std::string code(const std::string& text) {
  return code_of([&] { parse_yaml(text, "test.yaml", kSettingsYaml); });
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST_CASE("every value knows its line and column") {
  const YamlNode root = parse_yaml("a: 1\nb:\n  - x\n  - {c: 'y'}\n", "test.yaml", kSettingsYaml);
  const YamlNode& map = root.find("b")->items.at(1);
  CHECK(map.find("c")->text == "y");
  CHECK(map.find("c")->quoted);
  CHECK(map.find("c")->line == 4);
  CHECK(map.find("c")->column == 9);
  CHECK(map.find("c")->key_column == 6);
  CHECK(*map.source == "test.yaml");
  CHECK_FALSE(root.find("a")->quoted);
  CHECK(root.find("nothing") == nullptr);
}

TEST_CASE("an empty document is nothing, and so is a comment") {
  CHECK(parse_yaml("", "t", kSettingsYaml).kind == YamlNode::Kind::kNull);
  CHECK(parse_yaml("# only a comment\n", "t", kSettingsYaml).kind == YamlNode::Kind::kNull);
  CHECK(parse_yaml("---\n", "t", kSettingsYaml).kind == YamlNode::Kind::kNull);
}

TEST_CASE("the same key twice is refused and both lines are named") {
  const Error error = error_of([] { parse_yaml("a: 1\nb: 2\na: 3\n", "run.yaml", kSettingsYaml); });
  CHECK(error.code() == "R101");
  CHECK(error.file() == "run.yaml");
  CHECK(error.line() == 3);
  CHECK(error.notes() == "first in line 1");
  CHECK(code("{x: {a: 1}, y: {a: 1}}") == "none");
}

TEST_CASE("malformed YAML ends in a syntax error with its line") {
  const Error error = error_of([] { parse_yaml("a: 1\nb: [1, 2\nc: 3\n", "run.yaml", kSettingsYaml); });
  CHECK(error.code() == "R101");
  CHECK(error.line() >= 2);
  for (const char* text :
       {"a: b: c", "\ta: 1", "a:\n\t- 1", "[", "{", "]", "a: \"x", "a: 'x", "- a\nb: 1", "a: |x\n y",
        "%YAML 9.9\n---\na: 1", "{a: 1, b}: c: d", "a: 1\n---\nb: 2\n", "a: @x", "a: `x"}) {
    INFO(text);
    CHECK(code(text) == "R101");
  }
}

TEST_CASE("the codes are those of the caller's format") {
  CHECK(code_of([] { parse_yaml("[", "x.plugin.yaml", kManifestYaml); }) == "P101");
}

TEST_CASE("anchors, aliases, merge keys and tags are refused") {
  for (const char* text : {"a: &x 1", "a: *x", "a: &x {b: 1}\nc: *x", "a: &x [1]\n<<: *x", "a: !!int 1",
                           "a: !foo b", "a: !<tag:yaml.org,2002:str> b", "!!map {a: 1}", "&x a: 1"}) {
    INFO(text);
    CHECK(code(text) == "R101");
  }
}

TEST_CASE("a billion laughs are refused at the first anchor") {
  std::string text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string name = "a" + std::to_string(i), before = "*a" + std::to_string(i - 1);
    text += name + ": &" + name + " [" + before + repeated(", " + before, 8) + "]\n";
  }
  CHECK(code(text) == "R101");
}

TEST_CASE("keys that are not text are refused") {
  for (const char* text : {"? [a]\n: 1", "? {a: 1}\n: 1", "[a]: 1", "~: 1", "? \n: 1"}) {
    INFO(text);
    CHECK(code(text) == "R101");
  }
}

TEST_CASE("bytes that are no text are refused with their place") {
  const Error error = error_of([] { parse_yaml("a: 1\nb: \xff\n", "run.yaml", kSettingsYaml); });
  CHECK(error.code() == "R101");
  CHECK(error.line() == 2);
  CHECK(error.column() == 4);
  const std::string nul("a: b\0c", 6);
  for (const std::string& text :
       {nul, std::string("a: \x1b[31m"), std::string("a: \xc0\x80"), std::string("a: \xed\xa0\x80"),
        std::string("a: \xf4\x90\x80\x80"), std::string("a: \xe2\x82"),
        std::string("\xff\xfe"
                    "a\0",
                    4)}) {
    CHECK(code(text) == "R101");
  }
  CHECK(parse_yaml("a: größe 😀", "t", kSettingsYaml).find("a")->text == "größe 😀");
}

TEST_CASE("hostile sizes end in an error") {
  CHECK(code(std::string(100'000, '[')) == "R101");
  CHECK(code(std::string(100'000, '{')) == "R101");
  CHECK(code(repeated("- ", 100'000)) == "R101");
  CHECK(code(repeated("? ", 100'000)) == "R101");
  CHECK(code(repeated("a: ", 100'000)) == "R101");
  CHECK(code("[" + repeated("1,", 100'000) + "1]") == "R101");
  CHECK(code(std::string(kMaxYamlBytes + 1, ' ')) == "R101");
  CHECK(code(std::string(1'000'000, '"')) != "crash");
  CHECK(code("a: " + std::string(1'000'000, 'x')) == "none");
  std::string many_keys;
  for (int i = 0; i < 9'000; ++i) many_keys += "key_of_some_length_" + std::to_string(i) + ": 1\n";
  CHECK(code(many_keys) == "none");
}

TEST_CASE("depth is limited but ordinary nesting is fine") {
  CHECK(code(std::string(kMaxYamlDepth, '[') + std::string(kMaxYamlDepth, ']')) == "none");
  CHECK(code(std::string(kMaxYamlDepth + 1, '[') + std::string(kMaxYamlDepth + 1, ']')) == "R101");
}

TEST_CASE("a file that is a directory, missing or huge is refused without being read") {
  const test::TempDir dir;
  CHECK(code_of([&] { parse_yaml_file(dir.path(), kSettingsYaml); }) == "IO102");
  CHECK(code_of([&] { parse_yaml_file(dir / "none.yaml", kSettingsYaml); }) == "IO101");
  dir.write("huge.yaml", "a: 1\n");
  std::filesystem::resize_file(dir / "huge.yaml", uintmax_t{1} << 40);
  CHECK(code_of([&] { parse_yaml_file(dir / "huge.yaml", kManifestYaml); }) == "P101");
}

}  // namespace
}  // namespace modelhost::host

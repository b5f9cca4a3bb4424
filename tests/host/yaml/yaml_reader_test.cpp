#include "modelhost/host/yaml/yaml_reader.h"

#include <catch2/catch_test_macros.hpp>

#include <array>

#include "support/error_of.h"

namespace modelhost::host {
namespace {

using test::code_of;
using test::error_of;

constexpr auto kKeys = std::to_array<std::string_view>({"name", "count", "flag", "items"});

// The tree must outlive its views.
struct Document {
  explicit Document(const std::string& text) : root(parse_yaml(text, "test.yaml", kSettingsYaml)) {}
  YamlMap map() const { return YamlValue(root, "", kSettingsYaml).map(kKeys); }
  YamlValue at(std::string_view key) const { return map().require(key); }
  YamlNode root;
};

TEST_CASE("values of the right type are read") {
  const Document document("name: abc\ncount: -5\nflag: true\nitems: [a, '1']\n");
  CHECK(document.at("name").text() == "abc");
  CHECK(document.at("count").integer(-10, 10) == -5);
  CHECK(document.at("flag").boolean());
  CHECK(document.at("items").texts() == std::vector<std::string>{"a", "1"});
}

TEST_CASE("an unknown key is named with its line and the nearest known one") {
  const Document document("name: a\ncuont: 1\n");
  const Error error = error_of([&] { document.map(); });
  CHECK(error.code() == "R103");
  CHECK(error.line() == 2);
  CHECK(error.column() == 1);
  CHECK(error.key() == "\"cuont\"");
  CHECK(error.fix() == "did you mean count?");
}

TEST_CASE("a missing key is named; null counts as missing") {
  const Document document("name:\n");
  CHECK_FALSE(document.map().find("name").has_value());
  const Error error = error_of([&] { document.at("name"); });
  CHECK(error.code() == "R102");
  CHECK(error.key() == "name");
}

TEST_CASE("a value of the wrong type says what was expected and what was found") {
  const Document document("name: 12\ncount: twelve\nflag: yes\nitems: {a: 1}\n");
  const Error number = error_of([&] { document.at("name").text(); });
  CHECK(number.code() == "R104");
  CHECK(number.expected() == "text");
  CHECK(number.got() == "the number 12");
  CHECK(number.line() == 1);
  CHECK(number.column() == 7);
  CHECK(error_of([&] { document.at("count").integer(1, 9); }).expected() == "an integer from 1 to 9");
  CHECK(error_of([&] { document.at("flag").boolean(); }).got() == "\"yes\"");
  CHECK(error_of([&] { document.at("items").texts(); }).got() == "a map");
  CHECK(error_of([&] { document.at("items").text(); }).got() == "a map");
  CHECK(error_of([&] { document.at("name").map(kKeys); }).expected() == "a map");
}

TEST_CASE("integers are decimal, whole, plain and within their limits") {
  for (const char* text :
       {"0x10", "1.0", "1e2", "'5'", "99999999999999999999", "11", "-1", "1_0", "5 5", "[5]"}) {
    INFO(text);
    const Document document(std::string("count: ") + text);
    CHECK(code_of([&] { document.at("count").integer(0, 10); }) == "R104");
  }
}

TEST_CASE("a choice lists what may be chosen") {
  constexpr auto kChoices = std::to_array<std::string_view>({"float32", "bfloat16"});
  const Document document("name: bfloat61\n");
  const Error error = error_of([&] { document.at("name").choice(kChoices); });
  CHECK(error.expected() == "one of float32, bfloat16");
  CHECK(error.fix() == "did you mean bfloat16?");
}

TEST_CASE("an item of a list is named by its position") {
  const Document document("items: [a, b, 3]\n");
  CHECK(error_of([&] { document.at("items").texts(); }).key() == "items[2]");
}

TEST_CASE("settings replace values, add them and make maps on the way") {
  Document document("name: a\n");
  set_yaml_value(document.root, "name=b", kSettingsYaml);
  set_yaml_value(document.root, "count=7", kSettingsYaml);
  set_yaml_value(document.root, "items=[x, y]", kSettingsYaml);
  set_yaml_value(document.root, "deep.er.still='7'", kSettingsYaml);
  CHECK(document.root.find("name")->text == "b");
  CHECK(document.root.find("count")->text == "7");
  CHECK(document.root.find("items")->items.size() == 2);
  CHECK(document.root.find("deep")->find("er")->find("still")->quoted);
  set_yaml_value(document.root, "name=", kSettingsYaml);
  CHECK_FALSE(document.root.find("name")->kind == YamlNode::Kind::kScalar);
}

TEST_CASE("a setting that cannot be applied says why") {
  Document document("name: a\n");
  CHECK(code_of([&] { set_yaml_value(document.root, "name", kSettingsYaml); }) == "U101");
  CHECK(code_of([&] { set_yaml_value(document.root, "=1", kSettingsYaml); }) == "U101");
  CHECK(code_of([&] { set_yaml_value(document.root, "name.of=1", kSettingsYaml); }) == "R104");
  CHECK(code_of([&] { set_yaml_value(document.root, "name=[", kSettingsYaml); }) == "R101");
  CHECK(error_of([&] { set_yaml_value(document.root, "name=[", kSettingsYaml); }).file() == "--set name");
}

}  // namespace
}  // namespace modelhost::host

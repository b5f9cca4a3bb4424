// sdk/CONTRACT.md names what the contract has, and nothing that it has not.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <regex>
#include <set>

#include "modelhost/base/json.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

using test::read_bytes;
using test::source_path;
using Names = std::set<std::string>;

Names matches(const std::string& text, const char* expression) {
  const std::regex regex(expression);
  Names names;
  for (std::sregex_iterator found(text.begin(), text.end(), regex), end; found != end; ++found)
    names.insert((*found)[1]);
  return names;
}

std::string header(const std::string& name) {
  return read_bytes(source_path("sdk/include/modelhost/" + name));
}

// The text between two others.
std::string between(const std::string& text, const std::string& first, const std::string& last) {
  const auto start = text.find(first);
  INFO(first << " … " << last);
  REQUIRE(start != std::string::npos);
  const auto end = text.find(last, start + first.size());
  REQUIRE(end != std::string::npos);
  return text.substr(start + first.size(), end - start - first.size());
}

std::string section(const std::string& title, const std::string& next) {
  return between(read_bytes(source_path("sdk/CONTRACT.md")), title, next);
}

// What stands in backquotes in one column of a table's rows.
Names table_names(const std::string& text, std::size_t column = 0) {
  Names names;
  for (const std::string& row : matches(text, "\\n(\\|[^\\n]*\\|)")) {
    std::string cells = row.substr(1);
    for (std::size_t i = 0; i < column; ++i) cells = cells.substr(cells.find('|') + 1);
    names.merge(matches(cells.substr(0, cells.find('|')), "`([^`]+)`"));
  }
  return names;
}

void add_keys(const Json& schema, const std::string& prefix, Names& names) {
  const Json properties = schema.value("properties", Json::object());
  for (const auto& [key, value] : properties.items()) {
    const Json& inner =
        value.contains("items") && value["items"].contains("properties") ? value["items"] : value;
    if (!value.contains("properties")) names.insert(prefix + key);
    add_keys(inner, prefix + key + ".", names);
  }
}

TEST_CASE("the contract's page has every key of a manifest") {
  Names keys;
  add_keys(parse_json(read_bytes(source_path("configs/schemas/manifest.schema.json")), "schema"), "", keys);
  CHECK(table_names(section("## The manifest", "## The library")) == keys);
}

TEST_CASE("the contract's page has every field of the stamp and of the descriptor") {
  const std::string field = "\\n  (?:char|u?int\\d+_t|const char\\*) (\\w+)";
  const std::string stamp = between(header("plugin/abi_stamp.h"), "struct AbiStamp {", "\n};");
  CHECK(table_names(section("**`modelhost_abi`**", "**`modelhost_plugin_v1`**")) ==
        matches(stamp, field.c_str()));
  const std::string descriptor = between(header("plugin/plugin.h"), "struct PluginDescriptor {", "\n};");
  Names fields = matches(descriptor, field.c_str());
  fields.insert("register_models");
  CHECK(descriptor.find("(*register_models)") != std::string::npos);
  CHECK(table_names(section("**`modelhost_plugin_v1`**", "The plugin has no say")) == fields);
}

TEST_CASE("the contract's page has every trait of a model class") {
  const std::string traits = between(header("model/model_traits.h"), "struct ModelTraits {", "\n};");
  CHECK(table_names(section("## A model class", "Functions that a class overrides"), 1) ==
        matches(traits, "\\n  (?:bool|std::\\S+) (\\w+)"));
}

TEST_CASE("the contract's page has every function that a model or a config may override") {
  const char* declaration = "\\n  virtual [^;{]*?(\\w+)\\(";
  CHECK(table_names(section("Functions that a class overrides", "## A config class")) ==
        matches(header("model/pretrained_model.h"), declaration));
  Names config = matches(header("config/pretrained_config.h"), declaration);
  config.erase("PretrainedConfig");  // its destructor
  CHECK(table_names(section("## A config class", "Errors are")) == config);
}

TEST_CASE("the contract's page names only refusals that exist") {
  const std::string errors = read_bytes(source_path("sdk/ERRORS.md"));
  for (const std::string& code : matches(read_bytes(source_path("sdk/CONTRACT.md")), "\\b([MP]\\d{3})\\b"))
    CHECK(errors.find("| " + code + " |") != std::string::npos);
}

}  // namespace
}  // namespace modelhost

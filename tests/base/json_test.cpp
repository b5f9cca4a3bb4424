#include "modelhost/base/json.h"

#include <catch2/catch_test_macros.hpp>

#include "modelhost/base/error_codes.h"
#include "support/error_of.h"

namespace modelhost {
namespace {

std::string code_of(std::string_view text) {
  try {
    parse_json(text, "test.json");
  } catch (const Error& error) {
    return std::string(error.code());
  }
  return "none";
}

TEST_CASE("JSON with the same key twice is refused and the key is named") {
  try {
    parse_json(R"({"a": {"b": 1, "c": 2, "b": 3}})", "config.json");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == codes::kJsonDuplicateKey.id);
    CHECK(error.key() == "b");
    CHECK(error.file() == "config.json");
  }
}

TEST_CASE("the same key in two different objects is fine") {
  CHECK(parse_json(R"({"a": {"x": 1}, "b": {"x": 2}, "x": [{"x": 1}, {"x": 2}]})", "t").size() == 3);
}

TEST_CASE("malformed JSON names line and column") {
  try {
    parse_json("{\n  \"a\": 1,\n  oops\n}", "config.json");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == codes::kJsonSyntax.id);
    CHECK(error.line() == 3);
    CHECK(error.column() == 3);
  }
}

TEST_CASE("malformed JSON of many kinds ends in a typed error") {
  CHECK(code_of("") == "J101");
  CHECK(code_of("{") == "J101");
  CHECK(code_of("nul") == "J101");
  CHECK(code_of("{\"a\": 1}x") == "J101");
  CHECK(code_of("{\"a\": \"\xff\"}") == "J101");
  CHECK(code_of(std::string(100'000, '[')) == "J103");
  CHECK(code_of(std::string(64, '[') + std::string(64, ']')) == "none");
  CHECK(code_of(std::string(65, '[') + "1" + std::string(65, ']')) == "J103");
}

TEST_CASE("JSON is written as Python writes it") {
  const Json value = {{"b", {1, 2.0, 1e-12, 1e16, 1e15, 0.1, -0.0, 1e22}},
                      {"a", nullptr},
                      {"é", "ü\n\"\U0001F600"},
                      {"empty", Json::object()},
                      {"list", Json::array()},
                      {"t", true},
                      {"big", 9007199254740993}};
  CHECK(dump_json_like_python(value) ==
        "{\n"
        "  \"a\": null,\n"
        "  \"b\": [\n    1,\n    2.0,\n    1e-12,\n    1e+16,\n    1000000000000000.0,\n    0.1,\n    -0.0,\n"
        "    1e+22\n  ],\n"
        "  \"big\": 9007199254740993,\n"
        "  \"empty\": {},\n"
        "  \"list\": [],\n"
        "  \"t\": true,\n"
        "  \"\\u00e9\": \"\\u00fc\\n\\\"\\ud83d\\ude00\"\n"
        "}");
}

TEST_CASE("a NUL byte is not the end of a document") {
  const std::string text("{}\0garbage", 10);
  const Error error = test::error_of([&] { parse_json(text, "c.json"); });
  CHECK(error.code() == codes::kJsonSyntax.id);
  CHECK(error.line() == 1);
  CHECK(error.column() == 3);
}

}  // namespace
}  // namespace modelhost

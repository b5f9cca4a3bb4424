#include "modelhost/formats/safetensors/safetensors_header.h"

#include <catch2/catch_test_macros.hpp>

#include "modelhost/formats/error_codes.h"
#include "safetensors_bytes.h"

namespace modelhost {
namespace {

using test::safetensors_bytes;

SafetensorsHeader parse(const std::string& bytes) {
  return parse_safetensors_header({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()},
                                  "x.safetensors");
}

std::string code_of_header(const std::string& bytes) {
  try {
    parse(bytes);
    return "none";
  } catch (const Error& error) {
    CHECK(error.file() == "x.safetensors");
    return std::string(error.code());
  }
}

std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

TEST_CASE("a well-formed header gives tensors in the order of their data") {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[2,26]},)"
      R"("a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}  )";
  const SafetensorsHeader parsed = parse(safetensors_bytes(header, 26));
  REQUIRE(parsed.tensors.size() == 2);
  CHECK(parsed.metadata.at("format") == "pt");
  CHECK(parsed.tensors[0].name == "a");
  CHECK(parsed.tensors[1].shape == std::vector<int64_t>{2, 3});
  CHECK(parsed.tensors[1].begin == 8 + header.size() + 2);
  CHECK(parsed.tensors[1].bytes() == 24);
}

TEST_CASE("scalars, empty tensors and empty files of tensors are fine") {
  CHECK(code_of_header(safetensors_bytes("{}", 0)) == "none");
  CHECK(code_of_header(safetensors_bytes(tensor("F32", "[]", "[0,4]"), 4)) == "none");
  CHECK(code_of_header(safetensors_bytes(tensor("F32", "[0,7]", "[0,0]"), 0)) == "none");
  CHECK(code_of_header(safetensors_bytes(tensor("F32", "[9223372036854775807,0]", "[0,0]"), 0)) == "none");
  CHECK(code_of_header(safetensors_bytes(" \n" + tensor("BOOL", "[3]", "[0,3]") + "\n ", 3)) == "none");
  CHECK(code_of_header(safetensors_bytes(R"({"__metadata__":null})", 0)) == "none");
}

TEST_CASE("unknown fields of a tensor are ignored whatever they hold") {
  CHECK(
      code_of_header(safetensors_bytes(
          R"({"a":{"note":{"deep":[1,{"x":[null]}],"y":2.5},"dtype":"U8","k":[[]],"shape":[1],"data_offsets":[0,1]}})",
          1)) == "none");
}

TEST_CASE("a file that ends too early is named truncated") {
  CHECK(code_of_header("") == "S101");
  CHECK(code_of_header("1234567") == "S101");
  CHECK(code_of_header(safetensors_bytes("{}", 0).substr(0, 9)) == "S101");
  CHECK(code_of_header(safetensors_bytes(tensor("F32", "[2]", "[0,8]"), 7)) == "S101");
}

TEST_CASE("an impossible header size is refused without allocating it") {
  for (const uint64_t size : {uint64_t{1} << 63, ~uint64_t{0}, kMaxSafetensorsHeader + 1, ~uint64_t{0} - 7}) {
    std::string bytes(64, ' ');
    std::memcpy(bytes.data(), &size, 8);
    CHECK(code_of_header(bytes) == "S102");
  }
}

TEST_CASE("headers that are not an object of tensors are refused") {
  for (const char* header :
       {"",
        "[]",
        "1",
        "null",
        "\"a\"",
        "{",
        "{\"a\"}",
        "{\"a\":1}",
        "{\"a\":null}",
        "{\"a\":[]}",
        "{\"a\":{}}",
        "{}x",
        "{}{}",
        "{\"a\":{\"dtype\":\"F32\"}}",
        "{\"a\":{\"dtype\":1,\"shape\":[],\"data_offsets\":[0,4]}}",
        "{\"__metadata__\":{\"x\":1}}",
        "{\"__metadata__\":[]}",
        "{\"__metadata__\":{\"x\":{}}}",
        "{\"__metadata__\":{\"x\":\"1\",\"x\":\"2\"}}",
        "{\"\xff\":1}",
        "{\"\\ud800\":1}",
        "\xef\xbb\xbf{}",
        "{'a':1}",
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"}) {
    CAPTURE(header);
    CHECK(code_of_header(safetensors_bytes(header, 0)) == "S103");
  }
  CHECK(code_of_header(safetensors_bytes(std::string("{}\0", 3), 0)) == "S103");
  CHECK(code_of_header(safetensors_bytes(std::string("{}\0{\"a\":1}", 10), 0)) == "S103");
}

TEST_CASE("deep nesting ends in an error and not on the stack") {
  CHECK(code_of_header(safetensors_bytes(std::string(1'000'000, '['), 0)) == "S103");
  CHECK(code_of_header(safetensors_bytes("{\"a\":{\"x\":" + std::string(1'000'000, '[') + "}}", 0)) == "S103");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK(code_of_header(safetensors_bytes(objects, 0)) == "S103");
}

TEST_CASE("shapes and offsets that are not non-negative integers are refused") {
  for (const char* shape : {"[-1]", "[1.0]", "[1e2]", "[\"1\"]", "[null]", "[[1]]", "{}", "1",
                            "[18446744073709551615]", "[9223372036854775808]"}) {
    CAPTURE(shape);
    CHECK(code_of_header(safetensors_bytes(tensor("F32", shape, "[0,4]"), 4)) == "S103");
  }
  for (const char* offsets : {"[0]", "[0,4,8]", "[]", "[0,-4]", "[0.0,4]", "\"0,4\"", "[\"0\",\"4\"]"}) {
    CAPTURE(offsets);
    CHECK(code_of_header(safetensors_bytes(tensor("F32", "[1]", offsets), 4)) == "S103");
  }
}

TEST_CASE("a rank that no tensor has is refused") {
  std::string ones = "[1";
  for (int i = 1; i < 64; ++i) ones += ",1";
  CHECK(code_of_header(safetensors_bytes(tensor("U8", ones + "]", "[0,1]"), 1)) == "none");
  CHECK(code_of_header(safetensors_bytes(tensor("U8", ones + ",1]", "[0,1]"), 1)) == "S103");
}

TEST_CASE("a tensor named twice is refused and named") {
  const std::string twice = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                            R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})";
  try {
    parse(safetensors_bytes(twice, 2));
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == codes::kSafetensorsDuplicate.id);
    CHECK(error.key() == "a");
  }
}

TEST_CASE("unknown dtypes are refused") {
  for (const char* dtype : {"F128", "f32", "", "FLOAT", "F8"}) {
    CHECK(code_of_header(safetensors_bytes(tensor(dtype, "[1]", "[0,4]"), 4)) == "S105");
  }
}

TEST_CASE("sizes that overflow are refused") {
  CHECK(code_of_header(safetensors_bytes(tensor("F32", "[4294967296,4294967296]", "[0,0]"), 0)) == "S106");
  CHECK(code_of_header(safetensors_bytes(tensor("F64", "[2305843009213693952]", "[0,0]"), 0)) == "S106");
  CHECK(code_of_header(safetensors_bytes(tensor("F4", "[3]", "[0,2]"), 2)) == "S106");
}

TEST_CASE("gaps, overlaps, reversed and foreign offsets are refused") {
  CHECK(code_of_header(safetensors_bytes(tensor("F32", "[1]", "[4,8]"), 8)) == "S107");  // gap at the start
  CHECK(code_of_header(safetensors_bytes(tensor("F32", "[1]", "[4,0]"), 4)) == "S107");  // reversed
  CHECK(code_of_header(safetensors_bytes(tensor("F32", "[1]", "[0,5]"), 5)) == "S107");  // does not fit the shape
  CHECK(code_of_header(safetensors_bytes(tensor("F32", "[1]", "[0,4]"), 5)) ==
        "S107");  // a byte too many in the file
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}";
  };
  CHECK(code_of_header(safetensors_bytes(two("[0,4]", "[4,8]"), 8)) == "none");
  CHECK(code_of_header(safetensors_bytes(two("[0,4]", "[2,6]"), 6)) == "S107");
  CHECK(code_of_header(safetensors_bytes(two("[0,4]", "[0,4]"), 4)) == "S107");
  CHECK(code_of_header(safetensors_bytes(two("[0,4]", "[5,9]"), 9)) == "S107");
  CHECK(code_of_header(safetensors_bytes(two("[0,4]", "[9223372036854775803,9223372036854775807]"), 8)) == "S107");
}

TEST_CASE("every truncation and every flipped bit of a header ends in a typed error or a valid header") {
  const std::string good = safetensors_bytes(
      R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
      R"("x":{"dtype":"BF16","shape":[],"data_offsets":[24,26]}} )",
      26);
  int checked = 0;
  for (std::size_t length = 0; length < good.size(); ++length, ++checked)
    CHECK(code_of_header(good.substr(0, length)) != "none");
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit, ++checked) {
    std::string flipped = good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    code_of_header(flipped);
  }
  CHECK(checked > 1500);
}

}  // namespace
}  // namespace modelhost

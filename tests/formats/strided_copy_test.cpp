#include "formats/torch_bin/strided_copy.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace modelhost {
namespace {

std::string gather(const std::string& from, std::size_t element, const std::vector<int64_t>& shape,
                   const std::vector<int64_t>& strides) {
  std::size_t size = element;
  for (const int64_t count : shape) size *= static_cast<std::size_t>(count);
  std::string out(size, '?');
  strided_copy(std::as_bytes(std::span(from)).data(), element, shape, strides,
               std::as_writable_bytes(std::span(out)));
  return out;
}

TEST_CASE("elements are gathered in row-major order") {
  CHECK(gather("abcdef", 1, {6}, {1}) == "abcdef");
  CHECK(gather("abcdef", 1, {3}, {2}) == "ace");
  CHECK(gather("abcdef", 1, {3, 2}, {1, 3}) == "adbecf");  // a transposed 2×3
  CHECK(gather("aabbccdd", 2, {2, 2}, {1, 2}) == "aaccbbdd");
  CHECK(gather("ab", 1, {3, 2}, {0, 1}) == "ababab");  // expanded
  CHECK(gather("abcdefgh", 1, {2, 2, 2}, {1, 2, 4}) == "aecgbfdh");
  CHECK(gather("abcdefgh", 1, {2, 1, 3}, {4, 99, 1}) == "abcefg");
  CHECK(gather("abcdefgh", 1, {2, 2, 2}, {4, 2, 1}) == "abcdefgh");  // contiguous after all
  CHECK(gather("abcdefgh", 1, {2, 2, 2, 2}, {0, 4, 2, 1}) == "abcdefghabcdefgh");
}

TEST_CASE("elements of every size are gathered") {
  CHECK(gather("abcd", 1, {2}, {3}) == "ad");
  CHECK(gather("aabbccdd", 2, {2}, {3}) == "aadd");
  CHECK(gather("aaaabbbbccccdddd", 4, {2}, {3}) == "aaaadddd");
  CHECK(gather("aaaaaaaabbbbbbbbccccccccdddddddd", 8, {2}, {3}) == "aaaaaaaadddddddd");
  CHECK(gather("ab", 2, {1, 1}, {1, 1}) == "ab");
  CHECK(gather("ab", 2, {}, {}) == "ab");
}

TEST_CASE("the stride of a dimension of size 1 may be any number") {
  CHECK(gather("abcdefgh", 4, {2, 1}, {1, INT64_MAX}) == "abcdefgh");
  CHECK(gather("abcdefgh", 4, {1, 2}, {INT64_MAX, 0}) == "abcdabcd");
}

}  // namespace
}  // namespace modelhost

#include "formats/torch_bin/bin_layout.h"

#include <catch2/catch_test_macros.hpp>

#include "pickle_bytes.h"
#include "support/error_of.h"

namespace modelhost {
namespace {

using namespace test;
using namespace std::string_literals;

const std::string kData(96, 'x');  // 24 floats

std::string code_of_file(const std::string& bytes) {
  return code_of([&] { read_bin_layout(as_span(bytes), "x.bin"); });
}

// One entry over storage "0" of 24 floats.
std::string file_of(const std::string& value) {
  return bin_bytes(state_dict({{"w", value}}), {{"0", kData}}).bytes;
}

std::string file_of(int64_t offset, const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides) {
  return file_of(tensor(storage("0", 24), offset, sizes, strides));
}

TEST_CASE("a tensor has its place in the file") {
  const std::string file = file_of(4, {2, 3}, {3, 1});
  const StateDictLayout layout = read_bin_layout(as_span(file), "x.bin");
  REQUIRE(layout.tensors.size() == 1);
  const TensorInfo& tensor = layout.tensors[0];
  CHECK(tensor.name == "w");
  CHECK(tensor.dtype == Dtype::kF32);
  CHECK(tensor.begin == file.find(kData) + 16);
  CHECK(tensor.bytes() == 24);
  CHECK(layout.strides.empty());
}

TEST_CASE("what lies in one piece is no strided tensor") {
  const auto strided = [](const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides) {
    const std::string file = file_of(0, sizes, strides);
    return !read_bin_layout(as_span(file), "x.bin").strides.empty();
  };
  CHECK_FALSE(strided({}, {}));
  CHECK_FALSE(strided({1, 4}, {77, 1}));  // the stride of a single element means nothing
  CHECK_FALSE(strided({2, 1, 3}, {3, 9, 1}));
  CHECK_FALSE(strided({0, 5}, {9, 7}));
  CHECK(strided({3, 2}, {1, 3}));
  CHECK(strided({4}, {2}));
  CHECK(strided({2, 3}, {0, 1}));
}

TEST_CASE("sizes, strides and offsets must stay inside the storage") {
  CHECK(code_of_file(file_of(0, {24}, {1})) == "none");
  CHECK(code_of_file(file_of(23, {1}, {1})) == "none");
  CHECK(code_of_file(file_of(3, {2, 2}, {19, 1})) == "none");  // the last element is the last of the storage
  CHECK(code_of_file(file_of(99, {0}, {1})) == "none");        // PyTorch saves views of nothing so
  const int64_t huge = INT64_MAX, half = int64_t{1} << 32;
  struct Case {
    int64_t offset;
    std::vector<int64_t> sizes, strides;
  };
  for (const Case& bad : std::vector<Case>{{0, {25}, {1}},
                                           {1, {24}, {1}},
                                           {24, {1}, {1}},
                                           {4, {2, 2}, {20, 1}},
                                           {-1, {1}, {1}},
                                           {0, {-1}, {1}},
                                           {0, {1}, {-1}},
                                           {0, {2}, {-1}},
                                           {0, {2, 2}, {1}},
                                           {0, {2}, {1, 1}},
                                           {huge, {1}, {1}},
                                           {huge, {2}, {1}},
                                           {huge, {2}, {huge}},
                                           {0, {2}, {huge}},
                                           {0, {huge}, {1}},
                                           {0, {huge}, {0}},
                                           {0, {huge, huge}, {1, 1}},
                                           {0, {half, half}, {0, 0}},
                                           {0, {huge, 2}, {0, 1}},
                                           {0, {3, 3}, {huge, huge}},
                                           {INT64_MIN, {1}, {1}},
                                           {0, {INT64_MIN}, {1}},
                                           {0, {2}, {INT64_MIN}}}) {
    CAPTURE(bad.offset, bad.sizes, bad.strides);
    const Error error = error_of([&] {
      const std::string file = file_of(bad.offset, bad.sizes, bad.strides);
      read_bin_layout(as_span(file), "x.bin");
    });
    CHECK(error.code() == "K205");
    CHECK(error.key() == "w");
  }
}

TEST_CASE("ranks that no tensor has are refused") {
  CHECK(code_of_file(file_of(0, std::vector<int64_t>(64, 1), std::vector<int64_t>(64, 1))) == "none");
  CHECK(code_of_file(file_of(0, std::vector<int64_t>(65, 1), std::vector<int64_t>(65, 1))) == "K205");
}

TEST_CASE("sizes that are no integers are refused") {
  const std::string start = global("torch._utils", "_rebuild_tensor") + "(" + storage("0", 24) + number(0);
  for (const char* item : {"N", "\x88",
                           "\x8a\x09"
                           "123456789",
                           ")", "}"}) {
    CHECK(code_of_file(file_of(start + tuple(item) + numbers({1}) + "tR")) == "K205");
    CHECK(code_of_file(file_of(start + numbers({1}) + tuple(item) + "tR")) == "K205");
  }
}

TEST_CASE("a storage must have exactly the size that the pickle says") {
  const auto code = [](int64_t elements, const std::string& type) {
    return code_of_file(file_of(tensor(storage("0", elements, type), 0, {1}, {1})));
  };
  CHECK(code(24, "FloatStorage") == "none");
  CHECK(code(12, "DoubleStorage") == "none");
  CHECK(code(23, "FloatStorage") == "K205");
  CHECK(code(25, "FloatStorage") == "K205");
  CHECK(code(24, "DoubleStorage") == "K205");
  CHECK(code(0, "FloatStorage") == "K205");
  CHECK(code(INT64_MAX, "FloatStorage") == "K205");
  CHECK(code((int64_t{1} << 62) + 24, "FloatStorage") == "K205");  // 24 floats, if one multiplies in 64 bits
  CHECK(code_of_file(file_of(tensor(storage("1", 24), 0, {1}, {1}))) == "K205");
  CHECK(code_of_file(file_of(tensor(storage("../data.pkl", 24), 0, {1}, {1}))) == "K205");
}

TEST_CASE("dtypes without an equal are refused by name") {
  for (const char* type : {"ComplexDoubleStorage", "QInt8Storage", "QUInt4x2Storage"}) {
    const std::string file = file_of(tensor(storage("0", 24, type), 0, {1}, {1}));
    CHECK(error_of([&] { read_bin_layout(as_span(file), "x.bin"); }).got() == "torch."s + type);
  }
}

TEST_CASE("expanded tensors are read while they stay small") {
  CHECK(code_of_file(file_of(0, {1024, 1024}, {0, 0})) == "none");
  CHECK(code_of_file(file_of(0, {1024, 1025}, {0, 0})) == "K205");
  std::vector<std::pair<std::string, std::string>> many;
  for (int i = 0; i < 40; ++i) {
    many.emplace_back(std::to_string(i), tensor(storage("0", 24), 0, {1024, 1024}, {0, 0}));
  }
  CHECK(code_of_file(bin_bytes(state_dict(many), {{"0", kData}}).bytes) == "K205");
}

TEST_CASE("only a flat dict of tensors is read, and the entry that is none is named") {
  const std::string good = tensor(storage("0", 24), 0, {1}, {1});
  const ZipContent data = {{"0", kData}};
  for (const std::string& pickle :
       {"\x80\x02N."s, "\x80\x02]."s, "\x80\x02)."s, "\x80\x02K\1."s, "\x80\x02" + good + "."}) {
    CHECK(code_of_file(bin_bytes(pickle, data).bytes) == "K206");
  }
  for (const std::string& value :
       {"N"s, "K\1"s, text("x"), "}"s, "]"s, "(" + good + "t", storage("0", 24), "G\0\0\0\0\0\0\0\0"s}) {
    const std::string file = bin_bytes(state_dict({{"good", good}, {"epoch", value}}), data).bytes;
    const Error error = error_of([&] { read_bin_layout(as_span(file), "x.bin"); });
    CHECK(error.code() == "K206");
    CHECK(error.key() == "epoch");
  }
  CHECK(code_of_file(bin_bytes("\x80\x02}K\1" + good + "s.", data).bytes) == "K206");
  CHECK(code_of_file(bin_bytes(state_dict({{"\xff", good}}), data).bytes) == "K206");
  CHECK(code_of_file(bin_bytes(state_dict({{"\xed\xa0\x80", good}}), data).bytes) == "K206");
  CHECK(code_of_file(bin_bytes(state_dict({{"a", good}, {"a", good}}), data).bytes) == "K202");
  CHECK(code_of_file(bin_bytes("\x80\x02}q\1" + text("self") + "h\1s.", data).bytes) == "K206");
  CHECK(code_of_file(bin_bytes(state_dict({}), {}).bytes) == "none");
}

TEST_CASE("archives of other programs are refused for what they are") {
  const std::string pickle = state_dict({});
  const auto code = [](const ZipContent& content) { return code_of_file(zip_bytes(content).bytes); };
  CHECK(code_of_file(bin_bytes(pickle, {}, {{"m/constants.pkl", "\x80\x02)."}}).bytes) == "K204");
  CHECK(code_of_file(bin_bytes(pickle, {}, {{"m/code/__torch__.py", "x"}}).bytes) == "K204");
  CHECK(code({{"m/version", "3\n"}}) == "K204");
  CHECK(code({{"data.pkl", pickle}, {"version", "3\n"}}) == "K204");
  CHECK(code({{"m/data.pkl", pickle}, {"n/version", "3\n"}}) == "K204");
  CHECK(code({{"m/data.pkl", pickle}}) == "K204");
  CHECK(code({{"any name/data.pkl", pickle}, {"any name/version", "3\n"}}) == "none");
  CHECK(code({{"m/data.pkl", pickle}, {"m/.data/version", "3"}}) == "none");
  for (const char* version : {"", "0", "11", "3x", "-1", "99999999999999999999"}) {
    CHECK(code({{"m/data.pkl", pickle}, {"m/version", version}}) == "K204");
  }
  for (const char* order : {"big", "", "LITTLE"}) {
    CHECK(code({{"m/data.pkl", pickle}, {"m/version", "3"}, {"m/byteorder", order}}) == "K204");
  }
}

TEST_CASE("the pickle must have its checksum and nothing behind it") {
  ZipBytes made = bin_bytes(state_dict({}), {});
  made.bytes[made.bytes.find("\x80\x02}") + 1] = '\x03';
  CHECK(code_of_file(made.bytes) == "K203");
  CHECK(code_of_file(bin_bytes(state_dict({}) + "cos\nsystem\n.", {}).bytes) == "K202");
  CHECK(code_of_file(bin_bytes(state_dict({}) + "\n", {}).bytes) == "K202");
}

std::string legacy(const std::string& data, const std::string& keys = "](" + text("0") + "e",
                   int64_t elements = 2) {
  return legacy_bytes(state_dict({{"w", tensor(storage("0", elements), 0, {2}, {1})}}), keys, data);
}
const std::string kTwo = little_endian(int64_t{2}) + "12345678";

TEST_CASE("the old format is read to its last byte") {
  const std::string file = legacy(kTwo);
  const StateDictLayout layout = read_bin_layout(as_span(file), "x.bin");
  REQUIRE(layout.tensors.size() == 1);
  CHECK(layout.tensors[0].begin == file.size() - 8);
  CHECK(layout.tensors[0].end == file.size());
}

TEST_CASE("the old format is refused where it contradicts itself") {
  CHECK(code_of_file(legacy(kTwo + "x")) == "K202");  // something behind the data
  CHECK(code_of_file(legacy(little_endian(int64_t{3}) + "12345678")) == "K205");
  CHECK(code_of_file(legacy(little_endian(int64_t{-1}) + "12345678")) == "K205");
  CHECK(code_of_file(legacy(little_endian((int64_t{1} << 62) + 2) + "12345678")) == "K205");
  CHECK(code_of_file(legacy(kTwo, "]")) == "K202");                     // data without a key
  CHECK(code_of_file(legacy("", "]")) == "K205");                       // a tensor without data
  CHECK(code_of_file(legacy(kTwo, "](" + text("1") + "e")) == "K202");  // a key without a tensor
  CHECK(code_of_file(legacy(kTwo + kTwo, "](" + text("0") + text("0") + "e")) == "K202");
  CHECK(code_of_file(legacy(kTwo, "](K\1e")) == "K202");
  CHECK(code_of_file(legacy(kTwo, "}")) == "K202");
  CHECK(code_of_file(legacy(kTwo, "](" + text("0") + "e", INT64_MAX)) == "K205");
  const std::string both =
      state_dict({{"a", tensor(storage("0", 2), 0, {2}, {1})}, {"b", tensor(storage("0", 4), 0, {2}, {1})}});
  CHECK(code_of_file(legacy_bytes(both, "](" + text("0") + "e", kTwo)) == "K205");
  CHECK(code_of_file(legacy_bytes(state_dict({}), "]", "", "}(" + text("little_endian") + "\x89u")) ==
        "K204");
  CHECK(code_of_file(legacy_bytes(state_dict({}), "]", "", "]")) == "K202");
  std::string version = legacy(kTwo);
  version[version.find("M\xe9\x03") + 1] = '\x01';
  CHECK(code_of_file(version) == "K204");
}

// Nothing may crash, and what is accepted must be a layout inside the file.
int count_of_damage(const std::string& good) {
  int checked = 0;
  for (std::size_t size = 0; size < good.size(); ++size, ++checked) {
    const std::string cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(code_of_file(cut) != "none");
  }
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string flipped = good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    ++checked;
    try {
      for (const TensorInfo& tensor : read_bin_layout(as_span(flipped), "x.bin").tensors) {
        if (tensor.begin > flipped.size()) FAIL("a tensor outside the file");
      }
    } catch (const Error&) {
    }
  }
  return checked;
}

TEST_CASE("every truncation and every flipped bit ends in a typed error or a valid layout") {
  const std::string dict = state_dict(
      {{"w", tensor(storage("0", 24), 1, {3, 2}, {1, 3})}, {"b", tensor(storage("0", 24), 20, {4}, {1})}});
  CHECK(count_of_damage(bin_bytes(dict, {{"0", kData}}).bytes) > 8000);
  CHECK(count_of_damage(legacy_bytes(dict, "](" + text("0") + "e", little_endian(int64_t{24}) + kData)) >
        4000);
}

TEST_CASE("every flipped bit of a pickle inside a sound archive ends in a typed error or a valid layout") {
  const std::string dict = state_dict({{"w", tensor(storage("0", 24), 1, {3, 2}, {1, 3})}});
  int accepted = 0;
  for (std::size_t bit = 0; bit < dict.size() * 8; ++bit) {
    std::string flipped = dict;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const std::string code = code_of_file(bin_bytes(flipped, {{"0", kData}}).bytes);
    CHECK((code == "none" || code.starts_with("K20")));
    accepted += code == "none";
  }
  CHECK(accepted > 0);  // the name of the tensor, for example
}

}  // namespace
}  // namespace modelhost

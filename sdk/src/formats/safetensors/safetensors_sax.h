// Turns the JSON of a safetensors header into tensors, event by event, and refuses what the format does not
// know.
#pragma once

#include <string>
#include <unordered_set>

#include "modelhost/base/json.h"
#include "modelhost/formats/safetensors/safetensors_header.h"

namespace modelhost {

/// For Json::sax_parse. `begin` and `end` of the tensors are the data_offsets as written.
class SafetensorsSax {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  SafetensorsSax(SafetensorsHeader& header, const std::string& path) : header_(header), path_(path) {}

  bool null();
  bool boolean(bool) { return other_value("true or false"); }
  bool number_integer(number_integer_t value) { return other_value(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value);
  bool number_float(number_float_t, const string_t& text) { return other_value(text); }
  bool string(string_t& value);
  bool binary(binary_t&) { return other_value("binary"); }
  bool start_object(std::size_t);
  bool key(string_t& name);
  bool end_object();
  bool start_array(std::size_t);
  bool end_array();
  bool parse_error(std::size_t position, const std::string& token, const Json::exception& error);

 private:
  enum class State {
    kStart,
    kTop,
    kMetadataValue,
    kMetadata,
    kTensorValue,
    kTensor,
    kDtype,
    kShape,
    kOffsets,
    kDone
  };

  bool other_value(const std::string& got);
  bool expect(bool condition, const char* expected, const std::string& got);
  bool skipping();
  void finish_tensor();
  [[noreturn]] void fail(const std::string& expected, const std::string& got) const;

  SafetensorsHeader& header_;
  const std::string& path_;
  State state_ = State::kStart;
  int skip_depth_ = 0;      // inside a value of an unknown field
  bool skip_next_ = false;  // the value of an unknown field comes next
  bool in_list_ = false;    // between [ and ] of shape or data_offsets
  bool has_dtype_ = false, has_shape_ = false;
  std::vector<uint64_t> offsets_;
  bool has_offsets_ = false;
  TensorInfo tensor_;
  std::string metadata_key_;
  std::unordered_set<std::string> names_;
};

}  // namespace modelhost

#include "safetensors_sax.h"

#include <limits>
#include <utility>

#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {

void SafetensorsSax::fail(const std::string& expected, const std::string& got) const {
  throw Error(codes::kSafetensorsHeader, "safetensors header is malformed")
      .file(path_)
      .key(tensor_.name)
      .expected(expected)
      .got(got);
}

bool SafetensorsSax::expect(bool condition, const char* expected, const std::string& got) {
  if (!condition) fail(expected, got);
  return true;
}

// Fields that the format does not define are allowed inside a tensor and ignored, as the Rust reader does.
bool SafetensorsSax::skipping() {
  const bool skip = skip_next_ || skip_depth_ > 0;
  skip_next_ = false;
  return skip;
}

bool SafetensorsSax::other_value(const std::string& got) {
  if (skipping()) return true;
  switch (state_) {
    case State::kStart:
      fail("an object", got);
    case State::kMetadataValue:
      fail("__metadata__ to be an object of strings", got);
    case State::kMetadata:
      fail("metadata values to be strings", got);
    case State::kTensorValue:
      fail("an object with dtype, shape and data_offsets", got);
    case State::kDtype:
      fail("dtype to be a string", got);
    case State::kShape:
      fail("shape to be a list of non-negative integers", got);
    case State::kOffsets:
      fail("data_offsets to be two non-negative integers", got);
    default:
      fail("a tensor", got);
  }
}

bool SafetensorsSax::null() {
  if (state_ != State::kMetadataValue) return other_value("null");
  state_ = State::kTop;
  return true;
}

bool SafetensorsSax::number_unsigned(number_unsigned_t value) {
  if (skipping()) return true;
  if (!in_list_ || value > std::numeric_limits<int64_t>::max()) return other_value(std::to_string(value));
  if (state_ == State::kShape) {
    expect(tensor_.shape.size() < kMaxTensorRank, "a shape of at most 64 dimensions", "more");
    tensor_.shape.push_back(static_cast<int64_t>(value));
  } else {
    expect(offsets_.size() < 2, "two data_offsets", "more than two");
    offsets_.push_back(value);
  }
  return true;
}

bool SafetensorsSax::string(string_t& value) {
  if (skipping()) return true;
  if (state_ == State::kMetadata) {
    header_.metadata[metadata_key_] = value;
    return true;
  }
  if (state_ != State::kDtype) return other_value(quote(value));
  const auto dtype = dtype_from_name(value);
  if (!dtype) {
    throw Error(codes::kSafetensorsDtype, "safetensors dtype is unknown")
        .file(path_)
        .key(tensor_.name)
        .got(quote(value));
  }
  tensor_.dtype = *dtype;
  has_dtype_ = true;
  state_ = State::kTensor;
  return true;
}

bool SafetensorsSax::start_object(std::size_t) {
  if (skip_next_ || skip_depth_ > 0) {
    skip_next_ = false;
    return expect(++skip_depth_ <= kMaxJsonDepth, "at most 64 levels of nesting", "more");
  }
  switch (state_) {
    case State::kStart:
      state_ = State::kTop;
      return true;
    case State::kMetadataValue:
      state_ = State::kMetadata;
      return true;
    case State::kTensorValue:
      state_ = State::kTensor;
      return true;
    default:
      return other_value("an object");
  }
}

bool SafetensorsSax::key(string_t& name) {
  if (skip_depth_ > 0) return true;
  if (state_ == State::kTop) {
    if (!names_.insert(name).second) {
      throw Error(codes::kSafetensorsDuplicate, "safetensors header names a tensor twice")
          .file(path_)
          .key(name);
    }
    tensor_ = TensorInfo();
    tensor_.name = name;
    has_dtype_ = has_shape_ = has_offsets_ = false;
    offsets_.clear();
    state_ = name == "__metadata__" ? State::kMetadataValue : State::kTensorValue;
    return true;
  }
  if (state_ == State::kMetadata) {
    metadata_key_ = name;
    return expect(!header_.metadata.contains(name), "metadata keys to be unique", quote(name) + " twice");
  }
  const bool known = name == "dtype" || name == "shape" || name == "data_offsets";
  const bool repeated = (name == "dtype" && has_dtype_) || (name == "shape" && has_shape_) ||
                        (name == "data_offsets" && has_offsets_);
  expect(!repeated, "every field once", quote(name) + " twice");
  if (name == "dtype") state_ = State::kDtype;
  if (name == "shape") state_ = State::kShape;
  if (name == "data_offsets") state_ = State::kOffsets;
  skip_next_ = !known;
  return true;
}

bool SafetensorsSax::end_object() {
  if (skip_depth_ > 0) return --skip_depth_, true;
  if (state_ == State::kTensor) finish_tensor();
  state_ = state_ == State::kTop ? State::kDone : State::kTop;
  return true;
}

bool SafetensorsSax::start_array(std::size_t) {
  if (skip_next_ || skip_depth_ > 0) {
    skip_next_ = false;
    return expect(++skip_depth_ <= kMaxJsonDepth, "at most 64 levels of nesting", "more");
  }
  const bool wanted = (state_ == State::kShape || state_ == State::kOffsets) && !in_list_;
  if (!wanted) return other_value("a list");
  in_list_ = true;
  return true;
}

bool SafetensorsSax::end_array() {
  if (skip_depth_ > 0) return --skip_depth_, true;
  in_list_ = false;
  (state_ == State::kShape ? has_shape_ : has_offsets_) = true;
  state_ = State::kTensor;
  return true;
}

void SafetensorsSax::finish_tensor() {
  expect(has_dtype_ && has_shape_ && has_offsets_, "dtype, shape and data_offsets", "an incomplete tensor");
  expect(offsets_.size() == 2, "two data_offsets", std::to_string(offsets_.size()));
  tensor_.begin = offsets_[0];
  tensor_.end = offsets_[1];
  header_.tensors.push_back(std::move(tensor_));
  tensor_ = TensorInfo();
}

bool SafetensorsSax::parse_error(std::size_t position, const std::string&, const Json::exception&) {
  throw Error(codes::kSafetensorsHeader, "safetensors header is not valid JSON")
      .file(path_)
      .key(tensor_.name)
      .got("an error at byte " + std::to_string(position) + " of the header");
}

}  // namespace modelhost

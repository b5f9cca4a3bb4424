#include "pickle_machine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "formats/little_endian.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"
#include "pickle_opcodes.h"

namespace modelhost {

using namespace pickle;

PickleMachine::PickleMachine(std::span<const std::byte> bytes, const std::string& path)
    : bytes_(bytes.first(std::min(bytes.size(), kMaxPickleBytes))),
      path_(path),
      copies_left_(bytes_.size()) {}

Error PickleMachine::malformed(const std::string& what) const {
  return Error(codes::kPickleMalformed, "the pickle is malformed: " + what)
      .file(path_)
      .note("instruction at byte " + std::to_string(instruction_) + " of the pickle data")
      .fix("download or copy the file again");
}

Error PickleMachine::forbidden(const std::string& what) const {
  return Error(codes::kPickleForbidden, "the pickle asks for something that is not allowed: " + what)
      .file(path_)
      .note("nothing of it was run; instruction at byte " + std::to_string(instruction_) +
            " of the pickle data")
      .fix(
          "do not use this file unless you know who made it; its tensors can be saved as safetensors in "
          "Python");
}

const PickleValue& PickleMachine::run() {
  memo_.clear();
  stack_.clear();
  marks_.clear();
  while (step()) {
  }
  if (stack_.size() != 1 || !marks_.empty()) throw malformed("it ends with something else than one value");
  return *stack_.back();
}

bool PickleMachine::step() {
  instruction_ = position_;
  const auto opcode = take<uint8_t>();
  if (opcode == kStop) return false;
  const bool known = push_constant(opcode) || push_number(opcode) || push_text(opcode) || memo(opcode) ||
                     build_tuple(opcode) || fill_container(opcode) || call(opcode);
  if (known) return true;
  const std::string_view name = refused_opcode_name(opcode);
  if (name.empty()) throw malformed("byte " + std::to_string(opcode) + " is no instruction");
  throw forbidden("the instruction " + std::string(name));
}

bool PickleMachine::push_constant(uint8_t opcode) {
  switch (opcode) {
    case kNone:
      push(Kind::kNone);
      return true;
    case kNewTrue:
      push(Kind::kBool).number = 1;
      return true;
    case kNewFalse:
      push(Kind::kBool);
      return true;
    case kEmptyTuple:
      push(Kind::kTuple);
      return true;
    case kEmptyList:
      push(Kind::kList);
      return true;
    case kEmptyDict:
      push(Kind::kDict);
      return true;
    case kMark:
      marks_.push_back(stack_.size());
      return true;
    case kFrame:
      take<uint64_t>();
      return true;  // a hint for buffered reading
    case kProto: {
      const auto protocol = take<uint8_t>();
      if (protocol < 2 || protocol > 5)
        throw malformed("protocol " + std::to_string(protocol) + " is not known");
      return true;
    }
    default:
      return false;
  }
}

bool PickleMachine::push_number(uint8_t opcode) {
  switch (opcode) {
    case kBinInt:
      push(Kind::kInteger).number = take<int32_t>();
      return true;
    case kBinInt1:
      push(Kind::kInteger).number = take<uint8_t>();
      return true;
    case kBinInt2:
      push(Kind::kInteger).number = take<uint16_t>();
      return true;
    case kBinFloat:
      take<uint64_t>();
      push(Kind::kFloat);
      return true;  // no tensor depends on one
    case kLong1:
    case kLong4: {
      const int64_t size = opcode == kLong1 ? take<uint8_t>() : take<int32_t>();
      if (size < 0) throw malformed("an integer has a negative length");
      const std::string_view digits = take_bytes(static_cast<uint64_t>(size));
      PickleValue& value = push(digits.size() <= 8 ? Kind::kInteger : Kind::kLong);
      value.text = digits;
      if (digits.empty() || digits.size() > 8) return true;
      uint64_t number = digits.back() < 0 ? ~uint64_t{0} : 0;  // two's complement, least byte first
      for (std::size_t i = digits.size(); i-- > 0;) number = number << 8 | static_cast<uint8_t>(digits[i]);
      value.number = static_cast<int64_t>(number);
      return true;
    }
    default:
      return false;
  }
}

bool PickleMachine::push_text(uint8_t opcode) {
  uint64_t size = 0;
  Kind kind = Kind::kText;
  switch (opcode) {
    case kShortBinString:  // what Python 2 writes for text
    case kShortBinUnicode:
      size = take<uint8_t>();
      break;
    case kBinString:
    case kBinUnicode:
      size = take<uint32_t>();
      break;
    case kBinUnicode8:
      size = take<uint64_t>();
      break;
    case kShortBinBytes:
      size = take<uint8_t>();
      kind = Kind::kBytes;
      break;
    case kBinBytes:
      size = take<uint32_t>();
      kind = Kind::kBytes;
      break;
    case kBinBytes8:
      size = take<uint64_t>();
      kind = Kind::kBytes;
      break;
    default:
      return false;
  }
  const std::string_view text = take_bytes(size);
  push(kind).text = text;
  return true;
}

bool PickleMachine::memo(uint8_t opcode) {
  const bool get = opcode == kBinGet || opcode == kLongBinGet;
  const bool put = opcode == kBinPut || opcode == kLongBinPut || opcode == kMemoize;
  if (!get && !put) return false;
  uint64_t number = memo_.size();
  if (opcode == kBinGet || opcode == kBinPut) number = take<uint8_t>();
  if (opcode == kLongBinGet || opcode == kLongBinPut) number = take<uint32_t>();
  if (put) {
    PickleValue* value = pop();
    stack_.push_back(value);
    memo_[number] = value;
    return true;
  }
  const auto it = memo_.find(number);
  if (it == memo_.end()) throw malformed("memo " + std::to_string(number) + " was never stored");
  stack_.push_back(it->second);
  return true;
}

bool PickleMachine::build_tuple(uint8_t opcode) {
  std::vector<PickleValue*> items;
  switch (opcode) {
    case kTuple:
      items = pop_to_mark();
      break;
    case kTuple1:
      items = pop_many(1);
      break;
    case kTuple2:
      items = pop_many(2);
      break;
    case kTuple3:
      items = pop_many(3);
      break;
    default:
      return false;
  }
  push(Kind::kTuple).items = std::move(items);
  return true;
}

bool PickleMachine::fill_container(uint8_t opcode) {
  switch (opcode) {
    case kAppend:
    case kAppends: {
      const auto items = opcode == kAppend ? pop_many(1) : pop_to_mark();
      auto& list = top(Kind::kList).items;
      list.insert(list.end(), items.begin(), items.end());
      return true;
    }
    case kSetItem:
    case kSetItems: {
      const auto items = opcode == kSetItem ? pop_many(2) : pop_to_mark();
      set_items(top(Kind::kDict), items);
      return true;
    }
    default:
      return false;
  }
}

void PickleMachine::set_items(PickleValue& dict, const std::vector<PickleValue*>& items) {
  if (items.size() % 2 != 0) throw malformed("a dict gets a key without a value");
  for (std::size_t i = 0; i < items.size(); i += 2) {
    const Kind key = items[i]->kind;
    if (key == Kind::kList || key == Kind::kDict) {
      throw malformed(std::string(describe(key)) + " cannot be a key");
    }
  }
  dict.items.insert(dict.items.end(), items.begin(), items.end());
}

bool PickleMachine::call(uint8_t opcode) {
  switch (opcode) {
    case kGlobal: {
      const std::string_view module = take_line();
      push_global(module, take_line());
      return true;
    }
    case kStackGlobal: {
      const std::string_view name = pop(Kind::kText).text;
      push_global(pop(Kind::kText).text, name);
      return true;
    }
    case kReduce: {
      const PickleValue& arguments = pop(Kind::kTuple);
      const PickleValue& function = pop(Kind::kGlobal);
      stack_.push_back(reduce(*function.global, arguments));
      return true;
    }
    case kBuild:  // an OrderedDict's attributes: the _metadata of a state dict
      pop(Kind::kDict);
      top(Kind::kDict);
      return true;
    case kBinPersId:
      push_storage(*pop());
      return true;
    default:
      return false;
  }
}

template <typename T>
T PickleMachine::take() {
  if (!fits(bytes_, position_, sizeof(T))) throw malformed("it is cut short");
  const T value = load_little_endian<T>(bytes_, position_);
  position_ += sizeof(T);
  return value;
}

std::string_view PickleMachine::take_bytes(uint64_t size) {
  if (!fits(bytes_, position_, size)) {
    throw malformed("it announces " + std::to_string(size) + " bytes and has " +
                    std::to_string(bytes_.size() - position_));
  }
  const std::string_view text = text_at(bytes_, position_, size);
  position_ += size;
  return text;
}

std::string_view PickleMachine::take_line() {
  const std::string_view rest = text_at(bytes_, position_, bytes_.size() - position_);
  const auto end = rest.find('\n');
  if (end == rest.npos) throw malformed("a name has no end");
  position_ += end + 1;
  return rest.substr(0, end);
}

PickleValue& PickleMachine::push(Kind kind) {
  values_.emplace_back().kind = kind;
  stack_.push_back(&values_.back());
  return values_.back();
}

std::vector<PickleValue*> PickleMachine::pop_many(std::size_t count) {
  const std::size_t floor = marks_.empty() ? 0 : marks_.back();
  if (stack_.size() - floor < count) throw malformed("it takes a value where there is none");
  std::vector<PickleValue*> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return items;
}

std::vector<PickleValue*> PickleMachine::pop_to_mark() {
  if (marks_.empty()) throw malformed("it goes back to a mark where there is none");
  auto items = pop_many(stack_.size() - marks_.back());
  marks_.pop_back();
  return items;
}

PickleValue* PickleMachine::pop() {
  const std::size_t floor = marks_.empty() ? 0 : marks_.back();
  if (stack_.size() == floor) throw malformed("it takes a value where there is none");
  PickleValue* value = stack_.back();
  stack_.pop_back();
  return value;
}

PickleValue& PickleMachine::pop(Kind wanted) {
  PickleValue& value = top(wanted);
  stack_.pop_back();
  return value;
}

PickleValue& PickleMachine::top(Kind wanted) {
  PickleValue* value = pop();
  stack_.push_back(value);
  if (value->kind != wanted) {
    throw malformed("it takes " + std::string(describe(wanted)) + " where there is " +
                    std::string(describe(value->kind)));
  }
  return *value;
}

}  // namespace modelhost

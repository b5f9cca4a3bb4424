#include "modelhost/model/inputs.h"

#include <ATen/ops/arange.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <sstream>

#include "modelhost/base/text.h"
#include "modelhost/model/input_checks.h"

namespace modelhost {
namespace {

using at::Tensor;
using Letters = std::map<char, int64_t>;

struct Size {
  char letter = '*';
  bool may_be_one = false;
};

std::vector<Size> sizes_of(std::string_view alternative) {
  std::vector<Size> sizes;
  std::istringstream words{std::string(alternative)};
  for (std::string word; words >> word;) sizes.push_back({word[0], word.ends_with('?')});
  return sizes;
}

std::vector<std::vector<Size>> alternatives_of(std::string_view shape) {
  std::vector<std::vector<Size>> all;
  for (const std::string& part : split_trimmed(shape, '|')) all.push_back(sizes_of(part));
  return all;
}

const char* word_of(char letter) {
  switch (letter) {
    case 'B':
    case 'C':
      return "batch";
    case 'S':
      return "sequence";
    case 'N':
      return "choices";
    case 'K':
    case 'T':
      return "keys";
    case 'H':
      return "heads";
    case 'L':
      return "layers";
    default:
      return "any";
  }
}

// "[2, sequence, 12]": numbers where they are known.
std::string shape_text(const std::vector<Size>& sizes, const Letters& letters) {
  std::vector<std::string> words;
  for (const Size& size : sizes) {
    const auto known = letters.find(size.letter);
    words.push_back(known == letters.end() ? word_of(size.letter) : std::to_string(known->second));
  }
  std::string text = "[";
  return text.append(join(words, ", ")).append("]");
}

std::string expected_text(std::string_view shape, const Letters& letters) {
  std::vector<std::string> texts;
  for (const auto& sizes : alternatives_of(shape)) {
    const bool possible = std::ranges::none_of(sizes, [&](const Size& size) {
      return size.letter == 'N' && letters.contains('S') && !letters.contains('N');
    });
    if (possible) texts.push_back(shape_text(sizes, letters));
  }
  return join(texts, " or ");
}

// The letters after the tensor was read as `sizes`, or nothing where it is of another shape. `binds`: letters
// that are not known yet take what the tensor has.
std::optional<Letters> matched(const Tensor& tensor, const std::vector<Size>& sizes, Letters letters,
                               bool binds) {
  if (tensor.dim() != static_cast<int64_t>(sizes.size())) return std::nullopt;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const int64_t got = tensor.size(static_cast<int64_t>(i));
    if (sizes[i].letter == '*' || (sizes[i].may_be_one && got == 1)) continue;
    const auto known = letters.find(sizes[i].letter);
    if (known == letters.end() ? !binds : known->second != got) return std::nullopt;
    letters[sizes[i].letter] = got;
  }
  return letters;
}

void check_dtype(const Input& input, const Tensor& tensor, const InputContext& context) {
  if (input.kind == Input::Kind::kStates && tensor.scalar_type() != context.dtype) {
    throw input_error("an input has another dtype than the model", input.name, c10::toString(context.dtype),
                      c10::toString(tensor.scalar_type()));
  }
  const bool is_full_mask = input.kind == Input::Kind::kMask && tensor.dim() == 4;
  if (!is_full_mask || tensor.scalar_type() == context.dtype || tensor.scalar_type() == at::kBool) return;
  throw input_error("a mask of four dimensions has the wrong dtype", input.name,
                    std::string(c10::toString(context.dtype)) + " (added to scores) or Bool (true = look)",
                    c10::toString(tensor.scalar_type()));
}

void check_flag(std::string_view name, const Tensor& tensor) {
  if (tensor.numel() == 1 && tensor.scalar_type() == at::kBool) return;
  throw input_error(
      "a flag is one boolean", name, "Bool, shape []",
      std::string(c10::toString(tensor.scalar_type())) + ", shape " + shape_text_of(tensor.sizes()));
}

// Returns the letters that are known afterwards.
Letters check_shape_of(const Input& input, const Tensor& tensor, const Letters& letters) {
  const bool binds = input.role != Input::Role::kPlain;
  bool rank_fits = false;
  for (const auto& sizes : alternatives_of(input.shape)) {
    rank_fits |= tensor.dim() == static_cast<int64_t>(sizes.size());
    if (auto found = matched(tensor, sizes, letters, binds)) return *found;
  }
  const bool is_mask = input.kind == Input::Kind::kMask;
  throw input_error(
      is_mask && !rank_fits ? "a mask has the wrong number of dimensions" : "an input has the wrong shape",
      input.name, "shape " + expected_text(input.shape, letters), "shape " + shape_text_of(tensor.sizes()));
}

Letters check_one(const Input& input, const Tensor& tensor, Letters letters, const InputContext& context) {
  if (input.kind == Input::Kind::kHeadMask && (tensor.dim() == 5 || context.heads_pruned)) return letters;
  if (input.kind == Input::Kind::kFlag) check_flag(input.name, tensor);
  if (!input.shape.empty()) letters = check_shape_of(input, tensor, letters);
  check_dtype(input, tensor, context);
  if (input.kind == Input::Kind::kIds)
    check_ids(input.name, tensor, input.bound == 0 ? std::numeric_limits<int64_t>::max() : input.bound);
  return letters;
}

// The one input that the sequence is read from.
const Input& sequence_input(const NamedTensors& inputs, const InputTable& table) {
  std::vector<const Input*> known, given;
  for (const Input& input : table.inputs) {
    if (input.role != Input::Role::kSequence) continue;
    known.push_back(&input);
    if (inputs.contains(input.name)) given.push_back(&input);
  }
  if (given.size() == 1) return *given.front();
  std::vector<std::string> names;
  for (const Input* input : known) names.emplace_back(input->name);
  if (names.size() == 1) {
    throw input_error("the model needs an input that is not there", names.front(), "a tensor",
                      join(inputs.names(), ", "));
  }
  throw input_error("the model needs exactly one of " + join(names, " and "), names.front(), "one of the two",
                    given.empty() ? "neither" : "both");
}

void check_length(const InputTable& table, const NamedTensors& inputs, const InputShape& shape,
                  std::string_view name) {
  if (shape.batch == 0 || shape.sequence == 0) {
    throw input_error("there is nothing to run on", name, "at least one token",
                      "shape " + shape_text_of(shape.dimensions));
  }
  const int64_t length = shape.past + shape.sequence;
  if (table.max_positions == 0 || length <= table.max_positions) return;
  if (inputs.contains("position_ids") && !table.counts_distances) return;
  throw input_error(
      "the sequence is longer than the model's positions", name,
      "at most " + std::string(table.max_positions_key) + " = " + std::to_string(table.max_positions),
      std::to_string(length).append(shape.past > 0 ? ", those in the cache included" : ""))
      .fix("truncate the text or cut it into pieces");
}

bool checks_encoder(const InputTable& table, const NamedTensors& inputs, const Input& input) {
  if (table.cross_attention == CrossAttention::kUsed) return true;
  if (table.cross_attention == CrossAttention::kIgnored) return false;
  if (input.kind != Input::Kind::kStates) return false;
  throw input_error("this model has no cross attention and cannot use encoder states", input.name,
                    "no encoder states", "shape " + shape_text_of(inputs.at(input.name).sizes()))
      .fix("leave them out, or use a model whose config says add_cross_attention");
}

InputShape shape_from(const Letters& letters, const Tensor& source, int64_t past) {
  InputShape shape;
  const auto size = [&letters](char letter, int64_t fallback) {
    const auto known = letters.find(letter);
    return known == letters.end() ? fallback : known->second;
  };
  shape.batch = letters.contains('N') ? size('C', 1) * size('N', 1) : size('B', 1);
  shape.sequence = size('S', 1);
  shape.past = past;
  shape.letters = letters;
  const int64_t seen = letters.contains('N') ? 3 : 2;
  shape.dimensions = source.sizes().slice(0, static_cast<std::size_t>(std::min(seen, source.dim()))).vec();
  return shape;
}

}  // namespace

std::vector<std::string> InputTable::names(bool with_encoder) const {
  std::vector<std::string> all;
  for (const Input& input : inputs) {
    if (with_encoder || input.role != Input::Role::kEncoder) all.emplace_back(input.name);
  }
  return all;
}

InputShape check_inputs(const NamedTensors& inputs, const InputTable& table, const InputContext& context) {
  const Input& sequence = sequence_input(inputs, table);
  const Tensor& source = inputs.at(sequence.name);
  Letters letters = check_one(sequence, source, table.sizes, context);
  InputShape shape = shape_from(letters, source, context.past);
  check_length(table, inputs, shape, sequence.name);
  letters['B'] = shape.batch;
  letters['K'] = shape.past + shape.sequence;
  for (const Input& input : table.inputs) {
    const Tensor tensor = inputs.get(input.name);
    if (!tensor.defined() || input.role == Input::Role::kSequence) continue;
    if (input.role == Input::Role::kEncoder && !checks_encoder(table, inputs, input)) continue;
    letters = check_one(input, tensor, letters, context);
  }
  shape.letters = letters;
  return shape;
}

bool flag(const NamedTensors& inputs, std::string_view name) {
  const Tensor given = inputs.get(name);
  if (!given.defined()) return false;
  check_flag(name, given);
  return given.item<bool>();
}

Tensor default_positions(const InputShape& shape, c10::Device device) {
  const auto options = c10::TensorOptions().dtype(at::kLong).device(device);
  return at::arange(shape.past, shape.past + shape.sequence, options).unsqueeze(0);
}

}  // namespace modelhost

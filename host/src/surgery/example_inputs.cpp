#include "modelhost/host/surgery/example_inputs.h"

#include <ATen/ops/tensor.h>

#include <algorithm>

#include "modelhost/formats/safetensors/safetensors_reader.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/tokenizers/tokenizer.h"

namespace modelhost::host {
namespace {

using at::Tensor;

std::optional<int64_t> longest_text(const PreTrainedModel& model, const Tokenizer& tokenizer) {
  std::optional<int64_t> longest = tokenizer.model_max_length();
  const Json fields = model.config().to_dict();
  for (const char* name : {"max_position_embeddings", "n_positions"}) {
    const auto positions = fields.find(name);
    if (positions == fields.end() || !positions->is_number_integer()) continue;
    longest = std::min(longest.value_or(INT64_MAX), positions->get<int64_t>());
  }
  return longest;
}

NamedTensors inputs_of(const Encoding& encoding, const std::vector<std::string>& names) {
  NamedTensors inputs;
  const auto add = [&](const char* name, const std::vector<int64_t>& values) {
    if (std::ranges::find(names, name) == names.end()) return;
    inputs.set(name, at::tensor(values, at::kLong).unsqueeze(0));
  };
  add("input_ids", encoding.input_ids);
  add("attention_mask", encoding.attention_mask);
  add("token_type_ids", encoding.token_type_ids);
  return inputs;
}

}  // namespace

std::vector<NamedTensors> examples_from_texts(const PreTrainedModel& model,
                                              const std::filesystem::path& model_dir,
                                              std::span<const std::string> texts,
                                              std::optional<int64_t> max_length) {
  const std::vector<std::string> names = model.input_names();
  if (std::ranges::find(names, "input_ids") == names.end()) {
    throw Error(codes::kTaskModel, "the model takes no text")
        .key("architecture")
        .expected("a class with input_ids")
        .got(model.traits().architecture)
        .fix("give its inputs as tensors: --input FILE.safetensors");
  }
  const Tokenizer tokenizer = Tokenizer::from_pretrained(model_dir);
  EncodeOptions options;
  options.return_tokens = false;
  options.max_length = max_length ? max_length : longest_text(model, tokenizer);
  if (options.max_length) options.truncation = Truncation::kLongestFirst;
  std::vector<NamedTensors> examples;
  for (const std::string& text : texts) {
    const std::string number = "text " + std::to_string(examples.size() + 1);
    try {
      const Encoding encoding = tokenizer.encode(text, options);
      if (encoding.size() == 0) throw Error(codes::kTaskInput, "a text has no tokens").fix("leave it out");
      examples.push_back(inputs_of(encoding, names));
    } catch (Error& error) {
      error.key(number);
      throw;
    }
  }
  return examples;
}

std::vector<NamedTensors> examples_from_tensors(const PreTrainedModel& model,
                                                const std::filesystem::path& file) {
  SafetensorsReader reader(file);
  std::vector<NamedTensors> examples;
  for (const TensorInfo& info : reader.tensors()) {
    Tensor tensor = tensor_over(info, reader.bytes(info));
    if (tensor.is_floating_point()) tensor = tensor.to(model.dtype());
    const auto rows = tensor.dim() == 0 ? 0 : static_cast<std::size_t>(tensor.size(0));
    if (examples.empty()) examples.resize(rows);
    if (rows == 0 || rows != examples.size()) {
      throw Error(codes::kTaskInput, "the rows of the inputs are not the same examples")
          .file(file.string())
          .key(info.name)
          .expected("a first dimension of " + std::to_string(std::max<std::size_t>(examples.size(), 1)))
          .got(shape_text(info.shape));
    }
    for (std::size_t i = 0; i < rows; ++i)
      examples[i].set(info.name, tensor.slice(0, static_cast<int64_t>(i), static_cast<int64_t>(i) + 1));
  }
  if (examples.empty()) throw Error(codes::kTaskInput, "the input holds no tensor").file(file.string());
  return examples;
}

}  // namespace modelhost::host

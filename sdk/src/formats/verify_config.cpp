#include "verify_config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/json.h"
#include "modelhost/files/json_file.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "config.json";
constexpr std::array<std::string_view, 7> kInputs = {"embed_tokens.weight",    "wte.weight",
                                                     "word_embeddings.weight", "embed_in.weight",
                                                     "shared.weight",          "tok_embeddings.weight",
                                                     "word_embedding.weight"};
constexpr std::array<std::string_view, 4> kOutputs = {"lm_head.weight", "embed_out.weight",
                                                      "predictions.decoder.weight", "lm_head.decoder.weight"};

struct Found {
  CheckpointReader* reader;
  const TensorInfo* tensor;
  std::string file;
};

std::optional<Found> find_ending(const OpenedFiles& opened, std::span<const std::string_view> endings) {
  for (const auto& [file, reader] : opened) {
    if (!reader) continue;
    for (const TensorInfo& tensor : reader->tensors()) {
      const bool ends = std::ranges::any_of(endings, [&](std::string_view end) {
        return tensor.name == end || tensor.name.ends_with("." + std::string(end));
      });
      if (ends) return Found{reader.get(), &tensor, file};
    }
  }
  return std::nullopt;
}

void verify_tie(const OpenedFiles& opened, std::vector<Finding>& findings) {
  const auto input = find_ending(opened, kInputs), output = find_ending(opened, kOutputs);
  if (!input || !output || input->tensor->shape != output->tensor->shape ||
      input->tensor->dtype != output->tensor->dtype)
    return;
  const TensorBytes a = input->reader->bytes(*input->tensor), b = output->reader->bytes(*output->tensor);
  if (a.data.data() == b.data.data()) return;
  const bool same = std::ranges::equal(a.data, b.data);
  findings.push_back({same ? Severity::kNote : Severity::kWarning, same ? "tied-twice" : "tied-differ",
                      output->file, output->tensor->name,
                      "config.json ties it to " + input->tensor->name +
                          (same ? ", and both are stored"
                                : ", but the two differ: one of them is lost when the model is loaded"),
                      ""});
}

void verify_dtype(const Json& config, const OpenedFiles& opened, std::vector<Finding>& findings) {
  constexpr std::array<std::pair<std::string_view, Dtype>, 4> kTypes{{{"float32", Dtype::kF32},
                                                                      {"float16", Dtype::kF16},
                                                                      {"bfloat16", Dtype::kBF16},
                                                                      {"float64", Dtype::kF64}}};
  const Json& named = config.contains("dtype") ? config["dtype"] : config.value("torch_dtype", Json());
  if (!named.is_string()) return;
  bool seen = false, other = false;
  for (const auto& [file, reader] : opened) {
    if (!reader) continue;
    for (const TensorInfo& tensor : reader->tensors()) {
      for (const auto& [name, dtype] : kTypes) {
        if (tensor.dtype == dtype) (name == named.get<std::string>() ? seen : other) = true;
      }
    }
  }
  if (seen || !other) return;
  findings.push_back({Severity::kNote, "config-dtype", kConfig, "",
                      "no tensor has the dtype that the config names: " + describe_json(named), ""});
}

}  // namespace

void verify_config(const fs::path& directory, const OpenedFiles& opened, std::vector<Finding>& findings) {
  std::error_code status;
  if (!fs::exists(fs::symlink_status(directory / kConfig, status))) {
    findings.push_back({Severity::kError, "config-missing", kConfig, "", "there is no config.json",
                        std::string(codes::kConfigMissing.id)});
    return;
  }
  Json config;
  try {
    config = read_json_file(directory / kConfig);
  } catch (const Error& error) {
    findings.push_back(finding_of("config-damaged", kConfig, error));
    return;
  }
  if (!config.is_object()) {
    findings.push_back({Severity::kError, "config-damaged", kConfig, "", "it holds no object",
                        std::string(codes::kJsonType.id)});
    return;
  }
  const auto type = config.find("model_type");
  if (type == config.end() || !type->is_string()) {
    findings.push_back({Severity::kWarning, "config-no-model-type", kConfig, "", "it names no model_type",
                        std::string(codes::kConfigNoModelType.id)});
  }
  const auto tie = config.find("tie_word_embeddings");
  if (tie != config.end() && tie->is_boolean() && tie->get<bool>()) verify_tie(opened, findings);
  verify_dtype(config, opened, findings);
}

}  // namespace modelhost

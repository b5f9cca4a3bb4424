// Any bytes as config.json and as generation_config.json. A part of what is accepted is written and must be
// the same when it is read again.
#include <cstdlib>
#include <memory>

#include "fuzz/memory_limit.h"
#include "modelhost/base/error.h"
#include "modelhost/base/json.h"
#include "modelhost/config/config_fields.h"
#include "modelhost/config/generation_config.h"
#include "modelhost/config/pretrained_config.h"

namespace {

using modelhost::Json;

// A few digits in the file make 100,000 labels. That is allowed, and reading them must be cheap; the text of
// them is written by nobody who cannot afford it.
constexpr int64_t kMostWritten = 4096;

// A field of every kind that plugins use.
struct FuzzConfig : modelhost::PretrainedConfig {
  int64_t hidden_size = 64;
  double layer_norm_eps = 1e-12;

  std::string_view type() const override { return "fuzz"; }
  std::unique_ptr<PretrainedConfig> make_default() const override { return std::make_unique<FuzzConfig>(); }
  std::vector<std::pair<std::string, std::string>> attribute_map() const override {
    return {{"n_embd", "hidden_size"}};
  }
  void fields(modelhost::ConfigFields& f) override {
    PretrainedConfig::fields(f);
    f("hidden_size", hidden_size, modelhost::limits::kWidth);
    f("layer_norm_eps", layer_norm_eps);
  }
};

template <typename Function>
void accept_errors(Function&& function) {
  try {
    function();
  } catch (const modelhost::Error&) {
  }
}

void read_config(const Json& object, bool write) {
  FuzzConfig config;
  config.read(object, "config.json");
  if (!write || config.num_labels() > kMostWritten) return;
  const std::string text = config.to_json_string();
  FuzzConfig again;
  again.read(modelhost::parse_json(text, "written"), "written");
  if (again.to_json_string() != text) std::abort();
}

void read_generation_config(const Json& object, bool write) {
  const auto config = modelhost::GenerationConfig::from_json(object, "generation_config.json");
  if (!write) return;
  const std::string text = config.to_json_string();
  const auto again =
      modelhost::GenerationConfig::from_json(modelhost::parse_json(text, "written"), "written");
  if (again.to_json_string() != text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const modelhost::fuzz::MemoryLimit limit;
  accept_errors([&] {
    const Json object = modelhost::parse_json({reinterpret_cast<const char*>(data), size}, "config.json");
    if (!object.is_object()) return;
    const bool write = size % 4 == 0;  // it takes longer than reading
    accept_errors([&] { read_config(object, write); });
    accept_errors([&] { read_generation_config(object, write); });
  });
  return 0;
}

// How much memory a load takes, measured on a checkpoint of 200 MB.
#include <ATen/ops/full.h>
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "save/save_support.h"
#include "support/resident_memory.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

using test::resident;
using test::TempDir;

constexpr int64_t kHidden = 1024, kLayers = 40, kVocabulary = 12288;
constexpr uint64_t kMega = uint64_t{1} << 20;
constexpr uint64_t kLargest = kVocabulary * kHidden * 4;                             // 48 MB in float32
constexpr uint64_t kModel = kLargest + kLayers * (kHidden * kHidden + kHidden) * 4;  // 208 MB in float32
constexpr uint64_t kSlack = 12 * kMega;  // allocator, thread stacks, the measuring itself

struct WideModel : PreTrainedModel {
  using config_class = test::SampleConfig;
  static constexpr std::string_view base_model_prefix = "wide", main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;
  explicit WideModel(std::shared_ptr<test::SampleConfig> config) : PreTrainedModel(config) {
    for (int64_t i = 0; i < kLayers; ++i) layers->push_back(nn::Linear(kHidden, kHidden).ptr());
    register_module("layers", layers);
    embed = register_module("embed", nn::Embedding(kVocabulary, kHidden));
  }
  NamedTensors forward(const NamedTensors&, const ForwardOptions&) override { return {}; }
  std::vector<std::string> input_names() const override { return {}; }

  std::shared_ptr<nn::ModuleListImpl<nn::LinearImpl>> layers =
      std::make_shared<nn::ModuleListImpl<nn::LinearImpl>>();
  nn::Embedding embed{nullptr};
};

// The most that a function adds to a field, looked at every half millisecond and at each step of progress.
class Peak {
 public:
  explicit Peak(std::string field) : field_(std::move(field)), before_(resident(field_)) {
    watcher_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        look();
        ::usleep(500);
      }
    });
  }
  void look() {
    const uint64_t now = resident(field_);
    for (uint64_t seen = most_; now > seen && !most_.compare_exchange_weak(seen, now);) {
    }
  }
  uint64_t added() {
    look();
    return most_ - std::min(before_, most_.load());
  }

 private:
  std::string field_;
  uint64_t before_;
  std::atomic<uint64_t> most_ = 0;
  std::jthread watcher_;
};

struct Peaks {
  uint64_t anonymous, file;
};

Peaks peaks_of_load(const std::filesystem::path& directory, const std::string& dtype, ReadMode mode,
                    bool assign) {
  ModelSpec spec = model_spec<WideModel>("Wide");
  spec.traits.supports_assign_param_buffer = assign;
  ::malloc_trim(0);
  Peak anonymous("RssAnon:"), file("RssFile:");
  FromPretrainedOptions options{.strict = true, .dtype = model_dtype_from_name(dtype)};
  options.read_mode = mode;
  options.progress = [&](uint64_t, uint64_t) {
    anonymous.look();
    file.look();
  };
  const LoadedModel loaded = from_pretrained(spec, directory, options);
  CHECK(loaded.report.complete());
  return {anonymous.added(), file.added()};
}

void make_checkpoint(const std::filesystem::path& directory, int64_t shard) {
  auto model = model_spec<WideModel>("Wide").make_model(std::make_shared<test::SampleConfig>());
  float number = 1;
  for (StateEntry& entry : state_dict(*model)) {
    entry.tensor.set_data(
        at::full(entry.tensor.sizes(), number++, entry.tensor.options().requires_grad(false)));
  }
  SaveOptions options;
  options.max_shard_size = shard;
  save_pretrained(*model, directory, options);
}

TEST_CASE("a load that copies peaks at the model and its largest tensor, a mapped one at nothing", "[slow]") {
  const TempDir dir;
  make_checkpoint(dir / "m", 90 * static_cast<int64_t>(kMega));
  const auto mode = [](ReadMode read_mode) { return std::string(read_mode_name(read_mode)); };
  for (const ReadMode read_mode : {ReadMode::kMap, ReadMode::kParallel, ReadMode::kSequential}) {
    for (const char* dtype : {"auto", "float64", "bfloat16"}) {
      const uint64_t scale = dtype == std::string("float64") ? 200 : dtype == std::string("auto") ? 100 : 50;
      const Peaks peaks = peaks_of_load(dir / "m", dtype, read_mode, /*assign=*/false);
      CAPTURE(mode(read_mode), dtype, peaks.anonymous / kMega, peaks.file / kMega);
      CHECK(peaks.anonymous >= kModel / 100 * scale / 10 * 9);
      CHECK(peaks.anonymous <= kModel / 100 * scale + kLargest + kSlack);
      CHECK(peaks.file <= kLargest + kSlack);
    }
    const Peaks assigned = peaks_of_load(dir / "m", "auto", read_mode, /*assign=*/true);
    CAPTURE(mode(read_mode), assigned.anonymous / kMega, assigned.file / kMega);
    CHECK(assigned.anonymous <= (read_mode == ReadMode::kMap ? 0 : kModel) + kSlack);
  }
}

}  // namespace
}  // namespace modelhost

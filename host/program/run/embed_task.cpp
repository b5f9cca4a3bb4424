#include "embed_task.h"

#include <array>

#include "embeddings_output.h"
#include "modelhost/base/log.h"
#include "modelhost/tokenizers/error_codes.h"
#include "option_table.h"
#include "run_config.h"

namespace modelhost::host {
namespace {

struct EmbedOptions {
  int64_t batch_size = 32;
  std::optional<int64_t> max_length;  // the next three override what the checkpoint's own files say
  std::optional<bool> normalize;
  std::optional<Pooling> pooling;
};
using EmbedRow = OptionRow<EmbedOptions>;

constexpr auto kPoolings =
    std::to_array<std::string_view>({"cls", "max", "mean", "mean_sqrt_len", "weightedmean", "lasttoken"});

constexpr auto kOptions = std::to_array<EmbedRow>({
    {"batch_size",
     [](const YamlValue& value, EmbedOptions& o) { o.batch_size = value.integer(1, kMostCounted); }},
    {"max_length",
     [](const YamlValue& value, EmbedOptions& o) { o.max_length = value.integer(1, kMostCounted); }},
    {"normalize", [](const YamlValue& value, EmbedOptions& o) { o.normalize = value.boolean(); }},
    {"pooling",
     [](const YamlValue& value, EmbedOptions& o) { o.pooling = pooling_from_name(value.choice(kPoolings)); }},
});
constexpr auto kOptionKeys = keys_of(kOptions);

using Write = void (*)(std::ostream& out, std::span<const std::string> texts, const at::Tensor& embeddings);
constexpr auto kFormats = std::to_array<std::string_view>({"table", "jsonl", "npy"});
constexpr std::array<Write, kFormats.size()> kWriters = {
    write_similarity_table, write_jsonl,
    [](std::ostream& out, std::span<const std::string>, const at::Tensor& vectors) {
      write_npy(out, vectors);
    }};

class EmbedTask : public Task {
 public:
  void read_options(const YamlMap& map) override { host::read_options(map, kOptions, options_); }

  void run(Host& host, const RunConfig& config, TaskIo& io) override {
    SentenceEmbedder embedder = load(host, config, io);
    log(LogLevel::kInfo, embedder.load_report().to_text());
    const at::Tensor embeddings = embedder.embed(io.texts, options_.batch_size, io.progress);
    for (std::size_t i = 0; i < kFormats.size(); ++i) {
      if (kFormats[i] == config.output.format) kWriters[i](io.out, io.texts, embeddings);
    }
  }

 private:
  // An error about a length that the config gives names the config.
  SentenceEmbedder load(Host& host, const RunConfig& config, const TaskIo& io) const {
    EmbedderOptions options{.architecture = config.architecture,
                            .pooling = options_.pooling,
                            .normalize = options_.normalize,
                            .max_length = options_.max_length,
                            .load = config.load};
    options.load.progress = io.load_progress;
    try {
      return host.load_embedder(config.model, options);
    } catch (Error& error) {
      if (error.code() != codes::kTokenizerOptions.id || !error.file().empty()) throw;
      throw error.file(config.file.string()).key("options." + error.key());
    }
  }

  EmbedOptions options_;
};

}  // namespace

TaskKind embed_task() {
  return {"embed", kOptionKeys, kFormats,
          []() -> std::unique_ptr<Task> { return std::make_unique<EmbedTask>(); }};
}

}  // namespace modelhost::host

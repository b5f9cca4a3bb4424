#include "embed_task.h"

#include "embeddings_output.h"
#include "modelhost/base/log.h"
#include "modelhost/tokenizers/error_codes.h"

namespace modelhost::host {
namespace {

EmbedderOptions embedder_options(const RunConfig& config) {
  EmbedderOptions options;
  options.dtype = config.options.dtype;
  options.variant = config.options.variant;
  options.read_mode = config.options.read_mode;
  options.attn_implementation = config.options.attention;
  options.architecture = config.architecture;
  options.max_length = config.options.max_length;
  options.normalize = config.options.normalize;
  if (config.options.pooling) options.pooling = pooling_from_name(*config.options.pooling);
  return options;
}

SentenceEmbedder load_embedder(Host& host, const RunConfig& config, const TaskIo& io) {
  EmbedderOptions options = embedder_options(config);
  options.progress = io.load_progress;
  try {
    return host.load_embedder(config.model, options);
  } catch (Error& error) {
    if (error.code() != codes::kTokenizerOptions.id || !error.file().empty()) throw;
    throw error.file(config.file.string()).key("options." + error.key());
  }
}

void write(const std::string& format, std::ostream& out, std::span<const std::string> texts,
           const at::Tensor& embeddings) {
  if (format == "jsonl") {
    write_jsonl(out, texts, embeddings);
  } else if (format == "npy") {
    write_npy(out, embeddings);
  } else {
    write_similarity_table(out, texts, embeddings);
  }
}

}  // namespace

void embed_task(Host& host, const RunConfig& config, TaskIo& io) {
  SentenceEmbedder embedder = load_embedder(host, config, io);
  log(LogLevel::kInfo, embedder.load_report().to_text());
  const at::Tensor embeddings = embedder.embed(io.texts, config.options.batch_size, io.progress);
  write(config.output.format, io.out, io.texts, embeddings);
}

}  // namespace modelhost::host

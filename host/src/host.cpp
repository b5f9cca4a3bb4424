#include "modelhost/host/host.h"

#include <algorithm>

#include "modelhost/base/error_codes.h"
#include "modelhost/host/loader/plugin_manager.h"
#include "modelhost/plugin/abi_check.h"
#include "modelhost/tokenizers/error_codes.h"

namespace modelhost::host {
namespace {

// The error that encoding would end in names a text; this one names the setting.
void check_max_length(const SentenceConfig& config, const EmbedderOptions& options,
                      const Tokenizer& tokenizer, const std::filesystem::path& model_dir) {
  const int64_t needed = tokenizer.num_special_tokens_to_add();
  if (!config.max_seq_length || *config.max_seq_length >= needed) return;
  Error error(codes::kTokenizerOptions, "max_length leaves no room for the special tokens");
  if (!options.max_length) error.file((model_dir / "sentence_bert_config.json").string());
  throw error.key(options.max_length ? "max_length" : "max_seq_length")
      .expected("at least " + std::to_string(needed))
      .got(std::to_string(*config.max_seq_length));
}

HostSettings settings_of(const HostOptions& options) {
  return options.settings ? *options.settings : find_host_settings(options.settings_file);
}

SearchPath search_path_of(const HostOptions& options, const HostSettings& settings) {
  std::vector<std::filesystem::path> directories = options.settings_plugin_dirs;
  directories.insert(directories.end(), settings.plugin_dirs.begin(), settings.plugin_dirs.end());
  return default_search_path(options.plugin_dirs, directories);
}

void require_directory(const std::filesystem::path& model_dir) {
  std::error_code status;
  if (!std::filesystem::exists(model_dir, status)) {
    throw Error(codes::kNoSuchDirectory, "the model directory does not exist").file(model_dir.string());
  }
}

}  // namespace

Host::Host(HostOptions options) : options_(std::move(options)) {
  check_torch_runtime();
  HostSettings settings = settings_of(options_);
  SearchPath path = search_path_of(options_, settings);
  plugins_ = std::make_unique<PluginManager>(std::move(path), registry_, std::move(settings));
  plugins_->scan();
}

Host::~Host() = default;

ScanChanges Host::rescan() {
  HostSettings settings = settings_of(options_);
  SearchPath path = search_path_of(options_, settings);
  return plugins_->rescan(std::move(path), std::move(settings));
}

const ModelSpec& Host::find_model(const std::filesystem::path& model_dir, const ModelOptions& options) {
  require_directory(model_dir);
  return find_model(config_json_of(model_dir, options), options);
}

const ModelSpec& Host::find_model(ConfigJson config, const ModelOptions& options) {
  if (options.base_model) config.object.erase("architectures");
  return plugins_->require_spec(config.object, config.file, options.architecture);
}

PretrainedFiles Host::open_files(const std::filesystem::path& model_dir, const ModelOptions& options) {
  require_directory(model_dir);
  return PretrainedFiles(model_dir, options);
}

LoadedModel Host::load_model(const std::filesystem::path& model_dir, const ModelOptions& options) {
  const PretrainedFiles files = open_files(model_dir, options);
  return from_pretrained(find_model(files.config(), options), files, options);
}

SentenceEmbedder Host::load_embedder(const std::filesystem::path& model_dir, const EmbedderOptions& options) {
  EmbedderOptions chosen = options;
  chosen.base_model = !options.architecture.has_value();
  LoadedModel loaded = load_model(model_dir, chosen);
  SentenceConfig config = read_sentence_config(model_dir);
  if (options.pooling) config.pooling = {*options.pooling};
  if (options.normalize) config.normalize = *options.normalize;
  if (options.max_length) config.max_seq_length = *options.max_length;
  Tokenizer tokenizer = Tokenizer::from_pretrained(model_dir);
  check_max_length(config, options, tokenizer, model_dir);
  return SentenceEmbedder(std::move(loaded), std::move(tokenizer), std::move(config));
}

}  // namespace modelhost::host

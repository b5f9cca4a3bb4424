// The host as a library: finds plugins, loads models, runs them.
//
//     modelhost::host::Host host;
//     auto embedder = host.load_embedder("all-MiniLM-L6-v2");
//     at::Tensor vectors = embedder.embed({"A cat sits on the mat.", "Ein Hund läuft."});  // [2, 384]
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modelhost/host/hub/model_source.h"
#include "modelhost/host/loader/host_settings.h"
#include "modelhost/host/loader/plugin_manager.h"
#include "modelhost/host/tasks/sentence_embedder.h"
#include "modelhost/load/pretrained_files.h"
#include "modelhost/registry/model_registry.h"

namespace modelhost::host {

struct HostOptions {
  std::vector<std::filesystem::path> plugin_dirs = {};  ///< searched before all others (--plugin-dir)
  /// After MODELHOST_PLUGIN_PATH (a run config's plugin_dirs).
  std::vector<std::filesystem::path> settings_plugin_dirs = {};
  /// Host settings to read (--settings) instead of those that find_host_settings finds.
  std::optional<std::filesystem::path> settings_file = {};
  std::optional<HostSettings> settings = {};  ///< instead of any file
};

struct ModelOptions {
  /// A class name instead of the first of config.json's `architectures`.
  std::optional<std::string> architecture = {};
  /// The base model of the type, whatever `architectures` says (transformers' AutoModel).
  bool base_model = false;
  FromPretrainedOptions load = {};
};

/// Everything a program needs to run models. Reading manifests is all the constructor does; a plugin's
/// library is opened when a model first needs it. Methods may be called from several threads. Options are
/// given by name: `host.load_model(dir, {.architecture = "FooModel", .load = {.dtype = at::kHalf}})`.
class Host {
 public:
  /// A directory or plugin that cannot be used is no error here: plugins() tells, and asking for its models
  /// does. Errors: those of find_host_settings; kStampTorch when another LibTorch runs than was built
  /// against.
  explicit Host(HostOptions options = {});
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host();

  /// The class for a model, by its config (or the one in the options); opens its plugin. Errors: those of
  /// ModelSource::local and config_json_of, kConfigNoModelType, kNoPlugin, kPluginRefused.
  const ModelSpec& find_model(const ModelSource& source, const ModelOptions& options = {});
  /// The same for a config that was read before.
  const ModelSpec& find_model(ConfigJson config, const ModelOptions& options = {});

  /// Config and weights of one save, for find_model and from_pretrained. Errors: kNoSuchDirectory, those of
  /// PretrainedFiles.
  static PretrainedFiles open_files(const ModelSource& source, const ModelOptions& options = {});

  /// Errors: those of find_model and from_pretrained.
  LoadedModel load_model(const ModelSource& source, const ModelOptions& options = {});

  /// A model with new weights for the content of a config.json (transformers' `from_config`): each parameter
  /// is initialised by the rule of its class. In train mode, as every new module. Of `options.load` the
  /// dtype, attn_implementation, device and config_overrides count. Errors: kConfigNoModelType, kNoPlugin,
  /// kPluginRefused; those of PretrainedConfig::read, kModelBuild, kLoadOption.
  std::shared_ptr<PreTrainedModel> make_model(const Json& config, const ModelOptions& options = {});

  /// Errors: those of load_model, Tokenizer::from_pretrained and read_sentence_config; kTokenizerOptions for
  /// a length without room for the special tokens.
  SentenceEmbedder load_embedder(const ModelSource& source, const EmbedderOptions& options = {});

  /// Reads host settings and manifests again: plugins that were added are there for the next load. What is
  /// loaded stays as it is; see ScanChanges for what would take a restart. Errors: those of
  /// find_host_settings; then nothing changes.
  ScanChanges rescan();

  ModelRegistry& registry() { return registry_; }
  PluginManager& plugins() { return *plugins_; }

 private:
  const HostOptions options_;
  ModelRegistry registry_;
  std::unique_ptr<PluginManager> plugins_;
};

}  // namespace modelhost::host

#include "modelhost/load/pretrained_files.h"

#include "modelhost/base/text.h"
#include "modelhost/files/atomic_directory.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/open_checkpoint.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

// The directory or file that the options mean.
fs::path weights_path(const fs::path& path, const FromPretrainedOptions& options) {
  if (options.subfolder.empty()) return path;
  std::error_code status;
  if (fs::is_directory(path, status) || !fs::exists(path, status)) return path / options.subfolder;
  throw Error(codes::kLoadOption, "a load option is not usable: a weights file has no subfolder")
      .file(path.string())
      .key("subfolder")
      .got(quote(options.subfolder));
}

// Where config.json stands.
fs::path directory_of(const fs::path& weights) {
  std::error_code status;
  return fs::is_directory(weights, status) ? weights : weights.parent_path();
}

// What `function` throws is kept for whoever asks.
template <typename Function>
std::exception_ptr error_in(Function&& function) {
  try {
    function();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

}  // namespace

ConfigJson config_json_of(const fs::path& path, const FromPretrainedOptions& options) {
  if (options.config) return {*options.config, "the given config"};
  const fs::path directory = directory_of(weights_path(path, options));
  return {read_config_json(directory), (directory / "config.json").string()};
}

PretrainedFiles::PretrainedFiles(const fs::path& path, const FromPretrainedOptions& options) {
  const fs::path weights = weights_path(path, options);
  const fs::path directory = directory_of(weights);
  const DirectoryReading reading(directory);
  config_ = config_json_of(path, options);
  const CheckpointOptions reading_options{options.variant, options.use_safetensors, options.read_mode};
  weights_error_ = error_in([&] { weights_ = open_checkpoint(weights, reading_options); });
  generation_error_ = error_in([&] { generation_ = GenerationConfig::from_pretrained(directory); });
}

CheckpointReader& PretrainedFiles::weights() const {
  if (weights_error_) std::rethrow_exception(weights_error_);
  return *weights_;
}

const std::optional<GenerationConfig>& PretrainedFiles::generation_config() const {
  if (generation_error_) std::rethrow_exception(generation_error_);
  return generation_;
}

}  // namespace modelhost

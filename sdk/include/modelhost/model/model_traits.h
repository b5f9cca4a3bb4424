// What a model class says about itself; C++ cannot look it up as Python can.
#pragma once

#include <string>
#include <vector>

#include "modelhost/model/capability.h"

namespace modelhost {

/// The class attributes of a transformers model class, under their names there (without leading underscores).
struct ModelTraits {
  std::string architecture;                  ///< class name, as in config.json's `architectures`
  std::string model_type;                    ///< config.json's `model_type`
  std::string config_class;                  ///< e.g. "BertConfig"
  std::string base_model_prefix;             ///< name of the backbone inside a model with a head, e.g. "bert"
  std::string main_input_name;               ///< e.g. "input_ids"
  bool supports_assign_param_buffer = true;  ///< parameters may be made views of the mapped checkpoint
  bool is_parallelizable = false;
  bool can_generate = false;                   ///< the class inherits GenerationMixin there
  std::vector<std::string> tied_weights_keys;  ///< regexes of names that may be absent from a file
  std::vector<std::string> keys_to_ignore_on_load_missing;     ///< regexes
  std::vector<std::string> keys_to_ignore_on_load_unexpected;  ///< regexes
  std::vector<std::string> keys_to_ignore_on_save;             ///< exact names
  /// Names of modules or parameters, without regexes, whose floating weights are float32 in a float16 model.
  std::vector<std::string> keep_in_fp32_modules;
  std::vector<std::string> keep_in_fp32_modules_strict;  ///< likewise in float16 and bfloat16 models
  std::vector<Capability> capabilities;                  ///< what the class can do beyond the contract
};

}  // namespace modelhost

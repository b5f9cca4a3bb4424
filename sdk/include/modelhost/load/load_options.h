// What a caller may ask for when a model is loaded, as types with readers of text.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "modelhost/base/json.h"
#include "modelhost/formats/read_mode.h"
#include "modelhost/load/key_mapping.h"

namespace modelhost {

/// The dtype of a model by its name: "float32", "float16", "bfloat16" or "float64"; nothing for "auto".
/// Errors: kLoadDtype, whose key is `option`.
std::optional<c10::ScalarType> model_dtype_from_name(const std::string& name,
                                                     const std::string& option = "dtype");

/// transformers' `attn_implementation`: what computes attention.
enum class AttentionImplementation { kEager, kSdpa };

std::string_view attention_name(AttentionImplementation attention);  ///< "eager", "sdpa"
/// Errors: kModelOption.
AttentionImplementation attention_from_name(const std::string& name);

/// "cpu", or an accelerator of LibTorch such as "cuda:0"; whether this LibTorch has it shows when it is used.
/// Errors: kLoadOption for a name that no device has, for a second CPU, and for the meta device.
c10::Device device_from_name(const std::string& name);

/// Where a parameter goes: onto a device; on disk; or, "auto", wherever it fits.
class Place {
 public:
  Place(c10::Device device) : device_(device) {}
  Place(c10::DeviceType type) : device_(type) {}
  /// The parameter is a view of the mapped file, whatever the read mode says. Nothing is read before a
  /// forward looks at it, and the system may drop its pages again when memory is short. It needs a class that
  /// supports assignment (`supports_assign_param_buffer`, which the host settings may narrow) and the
  /// parameter's dtype, in one piece, in a file: an error otherwise. What the checkpoint lacks is in memory.
  static Place disk() { return Place(Kind::kDisk); }
  /// An accelerator where LibTorch has one; else the CPU if the checkpoint's bytes fit into the memory that
  /// is available, and otherwise disk for every parameter that can be there.
  static Place automatic() { return Place(Kind::kAutomatic); }
  /// "disk", "auto" or what device_from_name takes. Errors: kLoadOption.
  static Place from_name(const std::string& name);

  bool is_disk() const { return kind_ == Kind::kDisk; }
  bool is_automatic() const { return kind_ == Kind::kAutomatic; }
  c10::Device device() const { return device_; }  ///< of a parameter in memory; the CPU for others
  std::string name() const;                       ///< the text that from_name reads

  bool operator==(const Place&) const = default;

 private:
  enum class Kind { kDevice, kDisk, kAutomatic };
  explicit Place(Kind kind) : kind_(kind) {}

  Kind kind_ = Kind::kDevice;
  c10::Device device_ = at::kCPU;
};

/// Where parameters go, by the names of modules or parameters; the longest name that fits counts, "" is the
/// whole model. All of a model is on one device: nothing moves activations between devices here, so the CPU
/// (or disk) beside an accelerator is an error.
using DeviceMap = std::map<std::string, Place>;

/// How a model is loaded. `load_weights` heeds `strict` to `progress`, the other fields are for whoever makes
/// the model.
struct FromPretrainedOptions {
  bool strict = false;                   ///< any missing, unexpected or mismatched key is an error
  bool ignore_mismatched_sizes = false;  ///< initialise tensors of another shape anew instead of failing
  KeyMapping key_mapping = {};           ///< regular expressions that rename the checkpoint's keys
  DeviceMap device_map = {};             ///< empty: `device`; in load_weights, where each parameter is
  /// Called on this thread with the bytes that are in place and the bytes of all tensors to load.
  std::function<void(uint64_t done, uint64_t total)> progress = {};

  /// float32, float16, bfloat16 or float64. Unset ("auto"): config.json's dtype, else the index's
  /// `metadata.dtype`, else that of the checkpoint's first floating tensor (transformers 4 defaults to
  /// float32).
  std::optional<c10::ScalarType> dtype = {};
  std::optional<AttentionImplementation> attn_implementation = {};
  /// Values that replace those of config.json, under the names of fields or their aliases. `num_labels`
  /// makes new labels unless `id2label` comes with it. A key that neither the class nor config.json has is
  /// an error (transformers hands it to the model's constructor, which refuses it).
  Json config_overrides = Json::object();
  std::optional<Json> config = {};           ///< instead of a config.json file: its content
  std::string subfolder = {};                ///< of the model directory, for config.json and weights
  std::string variant = {};                  ///< "fp16": model.fp16.safetensors and so on
  std::optional<bool> use_safetensors = {};  ///< true: nothing else; false: pytorch_model.bin alone
  ReadMode read_mode = ReadMode::kAuto;      ///< how bytes come into memory
  c10::Device device = at::kCPU;             ///< of the whole model, where there is no device_map
};

}  // namespace modelhost

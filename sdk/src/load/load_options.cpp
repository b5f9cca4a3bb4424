#include "modelhost/load/load_options.h"

#include <algorithm>
#include <array>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/load/tensor_bytes.h"
#include "option_errors.h"

namespace modelhost {
namespace {

// Errors of device_from_name, whose message differs with what the option takes.
c10::Device parse_device(const std::string& name, const char* option) {
  std::optional<c10::Device> device;
  try {
    device.emplace(name);
  } catch (const c10::Error&) {
    throw unusable_device("there is no device of that name", option, name);
  }
  if (device->is_cpu() && device->index() > 0) throw unusable_device("there is one CPU", option, name);
  if (device->is_meta()) throw unusable_device("weights cannot be on the meta device", option, name);
  return *device;
}

}  // namespace

std::optional<c10::ScalarType> model_dtype_from_name(const std::string& name, const std::string& option) {
  if (name == "auto") return std::nullopt;
  const auto type = scalar_type_from_name(name);
  if (type && is_model_dtype(*type)) return type;
  throw unusable_dtype(option, name);
}

std::string_view attention_name(AttentionImplementation attention) {
  return attention == AttentionImplementation::kEager ? "eager" : "sdpa";
}

AttentionImplementation attention_from_name(const std::string& name) {
  for (const auto attention : {AttentionImplementation::kEager, AttentionImplementation::kSdpa}) {
    if (attention_name(attention) == name) return attention;
  }
  throw Error(codes::kModelOption, "the attention implementation is unknown")
      .key("attn_implementation")
      .expected("eager or sdpa")
      .got(quote(name));
}

c10::Device device_from_name(const std::string& name) {
  return parse_device(name, "device");
}

Place Place::from_name(const std::string& name) {
  if (name == "disk") return disk();
  if (name == "auto") return automatic();
  return parse_device(name, "device_map");
}

std::string Place::name() const {
  return is_disk() ? "disk" : is_automatic() ? "auto" : device_.str();
}

bool is_model_dtype(c10::ScalarType type) {
  constexpr std::array kModelTypes{at::kFloat, at::kHalf, at::kBFloat16, at::kDouble};
  return std::ranges::find(kModelTypes, type) != kModelTypes.end();
}

Error unusable_dtype(const std::string& option, const std::string& name) {
  return Error(codes::kLoadDtype, "dtype is not usable for a model")
      .key(option)
      .expected("float32, float16, bfloat16 or float64")
      .got(quote(name));
}

Error unusable_device(const std::string& why, const std::string& option, const std::string& name) {
  return Error(codes::kLoadOption, "a load option is not usable: " + why)
      .key(option)
      .expected(option == "device" ? "cpu, or an accelerator of this LibTorch such as cuda:0"
                                   : "cpu, disk, auto, or an accelerator of this LibTorch such as cuda:0")
      .got(quote(name));
}

}  // namespace modelhost

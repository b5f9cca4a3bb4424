#include "choose_dtype.h"

#include <algorithm>

#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/model/state_dict.h"
#include "option_errors.h"

namespace modelhost {
namespace {

c10::ScalarType floating_type(const std::string& name, const std::string& source) {
  const auto type = scalar_type_from_name(name);
  if (type && is_model_dtype(*type)) return *type;
  throw unusable_dtype(source, name);
}

// float8 tensors are storage of quantised models, never the type to compute in.
c10::ScalarType first_model_type(const CheckpointReader& checkpoint) {
  for (const Dtype dtype : checkpoint.dtypes_in_order()) {
    const auto type = scalar_type(dtype);
    if (type && is_model_dtype(*type)) return *type;
  }
  return at::kFloat;
}

// "(^|\.)name($|\.)"
bool has_component(std::string_view key, std::string_view name) {
  for (auto at = key.find(name); at != key.npos; at = key.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || key[at - 1] == '.') && (end == key.size() || key[end] == '.')) return true;
  }
  return false;
}

}  // namespace

c10::ScalarType choose_dtype(std::optional<c10::ScalarType> wanted, const PretrainedConfig& config,
                             const CheckpointReader& checkpoint) {
  if (wanted && !is_model_dtype(*wanted)) throw unusable_dtype("dtype", scalar_type_name(*wanted));
  if (wanted) return *wanted;
  if (config.dtype) return floating_type(*config.dtype, "dtype in config.json");
  const std::string stated = checkpoint.stated_dtype();
  if (!stated.empty()) return floating_type(stated, "metadata.dtype in the index");
  return first_model_type(checkpoint);
}

void keep_in_fp32(PreTrainedModel& model, c10::ScalarType dtype) {
  const ModelTraits& traits = model.traits();
  std::vector<std::string> names;
  if (dtype == at::kHalf) names = traits.keep_in_fp32_modules;
  if (dtype == at::kHalf || dtype == at::kBFloat16) {
    names.insert(names.end(), traits.keep_in_fp32_modules_strict.begin(),
                 traits.keep_in_fp32_modules_strict.end());
  }
  if (names.empty()) return;
  for (StateEntry& entry : state_dict(model)) {
    const bool kept =
        std::ranges::any_of(names, [&](const std::string& name) { return has_component(entry.name, name); });
    if (!kept || entry.is_buffer || !entry.tensor.is_floating_point()) continue;
    const auto options = entry.tensor.options().dtype(at::kFloat).requires_grad(false);
    entry.tensor.set_data(nn::make_placeholder(entry.tensor.sizes(), options));
  }
}

}  // namespace modelhost

// A model class that two plugins have under one name.
#pragma once

#include <memory>
#include <string_view>

#include "modelhost/model/pretrained_model.h"

namespace collide {

struct CollideConfig : modelhost::PretrainedConfig {
  static constexpr std::string_view model_type = MODEL_TYPE;
  std::string_view type() const override { return model_type; }
  std::unique_ptr<PretrainedConfig> make_default() const override {
    return std::make_unique<CollideConfig>();
  }
};

class CollideModel : public modelhost::PreTrainedModel {
 public:
  using config_class = CollideConfig;
  static constexpr std::string_view base_model_prefix = "collide";
  static constexpr std::string_view main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;

  explicit CollideModel(std::shared_ptr<CollideConfig> config) : PreTrainedModel(std::move(config)) {}
  modelhost::NamedTensors forward(const modelhost::NamedTensors& inputs,
                                  const modelhost::ForwardOptions& options) override;
  std::vector<std::string> input_names() const override { return {"input_ids"}; }
};

}  // namespace collide

// A plugin whose second class declares a capability; the backbone declares none.
#include "greeting.h"
#include "modelhost/plugin/plugin.h"

namespace greeting {

struct GreetingConfig : modelhost::PretrainedConfig {
  static constexpr std::string_view model_type = "greeting";
  std::string_view type() const override { return model_type; }
  std::unique_ptr<PretrainedConfig> make_default() const override {
    return std::make_unique<GreetingConfig>();
  }
};

class GreetingModel : public modelhost::PreTrainedModel {
 public:
  using config_class = GreetingConfig;
  static constexpr std::string_view base_model_prefix = "greeting";
  static constexpr std::string_view main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;

  explicit GreetingModel(std::shared_ptr<GreetingConfig> config) : PreTrainedModel(std::move(config)) {}
  modelhost::NamedTensors forward(const modelhost::NamedTensors&, const modelhost::ForwardOptions&) override {
    return {};
  }
  std::vector<std::string> input_names() const override { return {"input_ids"}; }
};

class GreetingForPeople : public GreetingModel {
 public:
  using capabilities = modelhost::Capabilities<Greeting>;
  using GreetingModel::GreetingModel;
  static std::string greeting(const GreetingForPeople& model) {
    return "good day from a " + std::string(model.config().type()) + " of version " +
           std::to_string(GREETING_VERSION);
  }
};

}  // namespace greeting

MODELHOST_PLUGIN("org.modelhost.tests.greeting", "1.0.0", greeting::GreetingModel,
                 greeting::GreetingForPeople);

#include "bad_contract.h"

namespace {

// The manifest says other things about all four.
void register_other_traits(modelhost::ModelRegistrar& registrar) {
  modelhost::ModelSpec spec = bare_spec("OtherTraitsModel", "quite_another_type");
  spec.traits.config_class = "AnotherConfig";
  spec.traits.base_model_prefix = "another";
  spec.traits.supports_assign_param_buffer = false;
  registrar.add(std::move(spec));
}

}  // namespace

REGISTERS("org.modelhost.tests.other-traits", register_other_traits(registrar));

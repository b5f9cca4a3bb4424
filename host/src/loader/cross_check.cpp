#include "loader/cross_check.h"

#include <algorithm>
#include <map>
#include <string>

#include "modelhost/base/text.h"
#include "modelhost/host/error_codes.h"

namespace modelhost::host {
namespace {

std::string flag_text(bool value) {
  return value ? "true" : "false";
}

class Differences {
 public:
  void compare(const ModelTraits& traits, const ManifestModel& model) {
    differ(traits.architecture, "model_type", model.model_type, traits.model_type);
    differ(traits.architecture, "config_class", model.config_class, traits.config_class);
    differ(traits.architecture, "base_model_prefix", model.base_model_prefix, traits.base_model_prefix);
    differ(traits.architecture, "_supports_assign_param_buffer",
           flag_text(model.supports_assign_param_buffer), flag_text(traits.supports_assign_param_buffer));
  }
  void add(std::string line) { lines_.push_back(std::move(line)); }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void differ(const std::string& architecture, const std::string& trait, const std::string& said,
              const std::string& registered) {
    if (said == registered) return;
    add("different: " + trait + " of " + architecture + " is " + quote(registered) + ", the manifest says " +
        quote(said));
  }

  std::vector<std::string> lines_;
};

}  // namespace

void cross_check(const Manifest& manifest, const std::vector<ModelSpec>& specs) {
  std::map<std::string, const ManifestModel*> promised;
  for (const ManifestModel& model : manifest.models) {
    for (const std::string& architecture : model.architectures) promised[architecture] = &model;
  }
  Differences differences;
  std::map<std::string, int> registered;
  for (const ModelSpec& spec : specs) {
    const ModelTraits& traits = spec.traits;
    if (++registered[traits.architecture] == 2) differences.add("twice: " + traits.architecture);
    if (registered[traits.architecture] > 1) continue;
    const auto model = promised.find(traits.architecture);
    if (model == promised.end()) {
      differences.add("extra: " + traits.architecture + " is registered, but not in the manifest");
    } else {
      differences.compare(traits, *model->second);
    }
  }
  for (const auto& [architecture, model] : promised) {
    if (!registered.contains(architecture)) {
      differences.add("missing: " + architecture + " is in the manifest, but not registered");
    }
  }
  if (differences.lines().empty()) return;
  Error error(codes::kRegistrationDiffers, std::string(codes::kRegistrationDiffers.title));
  error.file(manifest.file.string())
      .fix("correct `models` in the manifest, or the plugin's MODELHOST_PLUGIN line");
  for (const std::string& line : differences.lines()) error.note(line);
  throw error;
}

}  // namespace modelhost::host

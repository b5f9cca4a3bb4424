// Names of tensors, and what the class declares about them.
#include <algorithm>
#include <regex>
#include <set>

#include "case_groups.h"
#include "modelhost/base/text.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/model/state_dict.h"

namespace modelhost::testing {
namespace {

using Names = std::set<std::string>;

Names names_of(torch::nn::Module& module) {
  Names names;
  for (const StateEntry& entry : state_dict(module)) names.insert(entry.name);
  return names;
}

// That names are unique, and no part of them empty, is LibTorch's care: it refuses such modules and tensors.
void parameter_names(const ModelFixture& fixture) {
  const auto model = fixture.spec().make_model(fixture.config());
  const std::string prefix = fixture.spec().traits.base_model_prefix + ".";
  if (&model->base_model() == model.get()) {
    for (const std::string& name : names_of(*model))
      require(!name.starts_with(prefix),
              name + " of a backbone begins as the names of a class with a head do");
    return;
  }
  const ModelSpec& base = fixture.base_spec();
  const Names wanted = names_of(*base.make_model(small_config(base, fixture.subject().config)));
  for (const std::string& name : names_of(*model)) {
    if (!name.starts_with(prefix)) continue;
    require(wanted.contains(name.substr(prefix.size())),
            name + " has the backbone's prefix, and " + base.traits.architecture + " has no such tensor");
  }
}

// One of the names must be meant; a pattern that means none is a slip or outlived what it was for.
void require_meant(const Names& names, const std::string& list, const std::string& declared,
                   const std::function<bool(const std::string& name)>& means) {
  require(std::ranges::any_of(names, means),
          list + ": no tensor of the class is meant by " + quote(declared));
}

std::regex tied_pattern(const std::string& pattern) {
  try {
    return std::regex(pattern);
  } catch (const std::regex_error& error) {
    fail_case("tied_weights_keys: " + quote(pattern) + " is no regular expression: " + error.what());
  }
}

// Reads what may be missing and unexpected: an error tells of a pattern that is no regular expression.
void read_patterns(const ModelFixture& fixture) {
  FromPretrainedOptions options;
  options.config = fixture.config()->to_dict();
  from_pretrained(fixture.spec(), NamedTensors(), options);
}

void declared_keys(const ModelFixture& fixture) {
  const ModelTraits& traits = fixture.spec().traits;
  const Names names = names_of(*fixture.spec().make_model(fixture.config()));
  for (const std::string& pattern : traits.tied_weights_keys) {
    const std::regex compiled = tied_pattern(pattern);
    require_meant(names, "tied_weights_keys", pattern,
                  [&](const auto& name) { return std::regex_search(name, compiled); });
  }
  for (const std::string& key : traits.keys_to_ignore_on_save)
    require_meant(names, "keys_to_ignore_on_save", key, [&](const auto& name) { return name == key; });
  for (const auto* modules : {&traits.keep_in_fp32_modules, &traits.keep_in_fp32_modules_strict}) {
    for (const std::string& part : *modules)
      require_meant(names, "keep_in_fp32_modules", part,
                    [&](const auto& name) { return name.find(part) != std::string::npos; });
  }
  read_patterns(fixture);
}

}  // namespace

std::vector<ModelCheck> name_checks() {
  return {
      {"parameter-names", "names below the backbone's prefix are the backbone's and nobody else's",
       parameter_names},
      {"declared-keys", "every key that the class ties, ignores or keeps in float32 is there", declared_keys},
  };
}

}  // namespace modelhost::testing

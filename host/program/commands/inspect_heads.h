// modelhost inspect DIR --heads: which attention heads matter least.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"

namespace modelhost::host {

struct InspectHeadsArguments {
  std::string model, input, architecture;
  std::vector<std::string> texts;
  std::optional<int64_t> max_length;
  double fraction = 0.33;
  bool json = false;
};

/// Loads the model, measures its heads on the given text and prints a table, or JSON, and an argument for
/// `prune-heads`. Errors: kUsage without text, those of HeadMeter and of loading.
void inspect_heads(const InspectHeadsArguments& arguments, const GlobalOptions& globals);

}  // namespace modelhost::host

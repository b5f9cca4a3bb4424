// Faults that the cases of the kit must find: at least one for each case.
#pragma once

#include <string>
#include <vector>

#include "altered_model.h"
#include "modelhost/testing/conformance.h"

namespace modelhost::testing {

struct Fault {
  std::string id;            ///< of the case that is about it
  std::string what;          ///< what is wrong
  std::string architecture;  ///< the class that is wrong, and checked
  Alteration alteration;
  Verdict verdict = Verdict::kFail;
};

std::vector<Fault> config_faults();   ///< of configs, names and declarations
std::vector<Fault> file_faults();     ///< of saving, loading and initialisation
std::vector<Fault> surgery_faults();  ///< of embeddings, tied weights and heads
std::vector<Fault> forward_faults();  ///< of results and gradients

std::vector<Fault> all_faults();

}  // namespace modelhost::testing

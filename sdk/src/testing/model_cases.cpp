#include "case_groups.h"

namespace modelhost::testing {

std::vector<ConformanceCase> model_cases(const ModelSubject& subject) {
  std::vector<ConformanceCase> cases;
  for (const auto& group :
       {config_checks(), name_checks(), file_checks(), partial_load_checks(), surgery_checks(), head_checks(),
        forward_checks(), padding_checks(), cache_checks(), output_checks(), label_checks(),
        training_checks(), golden_checks()}) {
    for (const ModelCheck& one : group) {
      cases.push_back({one.id, subject.architecture, one.sentence,
                       [subject, check = one.check] { check(ModelFixture(subject)); }});
    }
  }
  return cases;
}

}  // namespace modelhost::testing

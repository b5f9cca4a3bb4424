#include "case_groups.h"

namespace modelhost::testing {

std::vector<ConformanceCase> model_cases(const ModelSubject& subject) {
  std::vector<ConformanceCase> cases;
  for (const auto& group : {config_checks(), file_checks(), surgery_checks(), head_checks(), forward_checks(),
                            output_checks(), training_checks(), golden_checks()}) {
    for (const ModelCheck& one : group) {
      cases.push_back({one.id, subject.architecture, one.sentence,
                       [subject, check = one.check] { check(ModelFixture(subject)); }});
    }
  }
  return cases;
}

}  // namespace modelhost::testing

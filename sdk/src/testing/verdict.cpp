#include "verdict.h"

namespace modelhost::testing {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFail:
      return "fail";
    case Verdict::kCrash:
      return "crash";
    case Verdict::kTimeout:
      return "timeout";
    case Verdict::kSkip:
      return "skip";
    case Verdict::kWarn:
      break;
  }
  return "warn";
}

bool is_failure(Verdict verdict) {
  return verdict == Verdict::kFail || verdict == Verdict::kCrash || verdict == Verdict::kTimeout;
}

void fail_case(std::string why) {
  throw CaseEnd(Verdict::kFail, std::move(why));
}

void skip_case(std::string why) {
  throw CaseEnd(Verdict::kSkip, std::move(why));
}

void warn_case(std::string why) {
  throw CaseEnd(Verdict::kWarn, std::move(why));
}

}  // namespace modelhost::testing

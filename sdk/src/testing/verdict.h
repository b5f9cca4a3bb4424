// How a case ends other than well.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "modelhost/testing/conformance.h"

namespace modelhost::testing {

/// Thrown by fail_case, skip_case and warn_case.
class CaseEnd : public std::exception {
 public:
  CaseEnd(Verdict verdict, std::string why) : verdict_(verdict), why_(std::move(why)) {}
  Verdict verdict() const { return verdict_; }
  const char* what() const noexcept override { return why_.c_str(); }

 private:
  Verdict verdict_;
  std::string why_;
};

}  // namespace modelhost::testing

// The error of a call that must fail.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>
#include <utility>

#include "modelhost/base/error.h"

namespace modelhost::test {

/// Calls `function` and returns the modelhost::Error it throws; the test fails if it throws none.
template <typename Function>
Error error_of(Function&& function) {
  std::optional<Error> caught;
  try {
    std::forward<Function>(function)();
  } catch (const Error& error) {
    caught = error;
  }
  if (!caught) FAIL("no modelhost::Error was thrown");
  return *caught;
}

/// The code of that error, or "none".
template <typename Function>
std::string code_of(Function&& function) {
  try {
    std::forward<Function>(function)();
  } catch (const Error& error) {
    return std::string(error.code());
  }
  return "none";
}

}  // namespace modelhost::test

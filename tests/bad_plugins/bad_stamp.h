// For libraries that must be refused by their bytes: a stamp that is wrong in one field, and a constructor
// that ends the process should any code of the library ever run.
#pragma once

#include <cstdlib>

#include "modelhost/plugin/abi_stamp.h"

namespace {

struct MustNotRun {
  MustNotRun() { std::abort(); }
} must_not_run;

template <typename Change>
consteval modelhost::AbiStamp changed_stamp(Change change) {
  modelhost::AbiStamp stamp = modelhost::make_abi_stamp();
  change(stamp);
  return stamp;
}

}  // namespace

/// Like the stamp of MODELHOST_PLUGIN, after `...` (statements on `stamp`).
#define BAD_STAMP(...)                                                                                 \
  extern "C" {                                                                                         \
  extern __attribute__((visibility("default"))) const modelhost::AbiStamp modelhost_abi;               \
  __attribute__((section(".modelhost.abi"), used)) constinit const modelhost::AbiStamp modelhost_abi = \
      changed_stamp([](modelhost::AbiStamp & stamp) consteval { __VA_ARGS__; });                       \
  }                                                                                                    \
  static_assert(true)

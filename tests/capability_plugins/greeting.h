// A capability as one would stand in modelhost/capabilities/, in three editions: GREETING_VERSION 1 and 2,
// and 1 with another number of its header.
#pragma once

#include <string>

#include "modelhost/model/capability.h"
#include "modelhost/model/pretrained_model.h"

#ifndef GREETING_VERSION
#define GREETING_VERSION 1
#endif
#ifndef GREETING_HEADERS
#define GREETING_HEADERS 0x1234ULL
#endif

namespace greeting {

/// Who reads one edition as another calls a function at a wrong address.
struct Greeting {
  static constexpr modelhost::CapabilityId id{"greeting", GREETING_VERSION, GREETING_HEADERS};

#if GREETING_VERSION > 1
  int64_t times = 2;
#endif
  std::string (*greet)(const modelhost::PreTrainedModel& model) = nullptr;

  template <typename Model>
  static Greeting of() {
    Greeting greeting;
    greeting.greet = [](const modelhost::PreTrainedModel& model) {
      return Model::greeting(dynamic_cast<const Model&>(model));
    };
    return greeting;
  }
};

}  // namespace greeting

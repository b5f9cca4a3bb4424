// Compiled twice. Both plugins have the same functions, classes, exceptions and statics, of other sizes and
// values.
#include <array>
#include <exception>
#include <string>

#include "collide_contract.h"
#include "collide_model.h"

namespace collide {

struct Failure : std::exception {
  std::array<int64_t, 8 * SIDE> numbers;
  std::string text = "failure of side " + std::to_string(SIDE);
  Failure() { numbers.fill(SIDE); }
  const char* what() const noexcept override { return text.c_str(); }
};

template <typename T>
struct Counters {
  static inline std::array<T, 4 * SIDE> counts{};
};

inline std::string& name_of_side() {
  static std::string text = "side " + std::to_string(SIDE);
  return text;
}

int64_t global = SIDE;

__attribute__((noinline)) int64_t side() {
  return SIDE;
}

extern "C" int64_t collide_c_function() {
  return SIDE;
}

// An input of zeros gives [side, C function, global, length of the name, calls so far]; any other one throws.
modelhost::NamedTensors CollideModel::forward(const modelhost::NamedTensors& inputs,
                                              const modelhost::ForwardOptions&) {
  if (inputs.at("input_ids").any().item<bool>()) throw Failure();
  const int64_t calls = ++Counters<int64_t>::counts.back();
  const int64_t named = name_of_side() == "side " + std::to_string(SIDE) ? SIDE : 0;
  return {{"sides", at::tensor({side(), collide_c_function(), global, named, calls})}};
}

}  // namespace collide

#if SIDE == 1
#define STAMP modelhost::make_abi_stamp()
#else
#define STAMP patched_stamp()
#endif
COLLIDING_PLUGIN(STAMP, registrar.add(modelhost::model_spec<collide::CollideModel>(ARCHITECTURE)));

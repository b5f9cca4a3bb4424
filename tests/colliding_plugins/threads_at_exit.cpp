// Leaves two threads running that use its statics, one of them in a static of a kind that ends the process
// when it is destroyed, and a handler that changes the exit status.
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "collide_contract.h"
#include "collide_model.h"

namespace collide {

std::vector<std::string> words(1000, "a text that is too long to stand in the object itself");
std::atomic<std::size_t> seen = 0;

[[noreturn]] void work() {
  for (;;) {
    for (const std::string& word : words) seen += word.size();
  }
}

std::thread never_joined;

void start() {
  std::thread(work).detach();
  never_joined = std::thread(work);
  std::atexit([] { std::_Exit(42); });
}

modelhost::NamedTensors CollideModel::forward(const modelhost::NamedTensors& inputs,
                                              const modelhost::ForwardOptions&) {
  return inputs;
}

}  // namespace collide

COLLIDING_PLUGIN(modelhost::make_abi_stamp(), collide::start();
                 registrar.add(modelhost::model_spec<collide::CollideModel>(ARCHITECTURE)));

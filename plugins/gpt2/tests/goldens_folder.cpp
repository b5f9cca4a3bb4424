// The only file that is compiled with a path of this checkout: what is compiled of the others serves other
// checkouts too.
#include "gpt2_test_support.h"

namespace modelhost::plugins::gpt2 {

std::filesystem::path goldens_folder() {
  return GPT2_GOLDENS_FOLDER;
}

}  // namespace modelhost::plugins::gpt2

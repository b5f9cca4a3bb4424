// The only file that is compiled with a path of this checkout: what is compiled of the others serves other
// checkouts too.
#include "bert_test_support.h"

namespace modelhost::plugins::bert {

std::filesystem::path goldens_folder() {
  return BERT_GOLDENS_FOLDER;
}

}  // namespace modelhost::plugins::bert

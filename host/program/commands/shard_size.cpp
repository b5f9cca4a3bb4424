#include "shard_size.h"

#include <algorithm>
#include <cctype>

namespace modelhost::host {

ByteSize shard_size(const std::string& text) {
  const bool digits = !text.empty() && text.size() < 19 &&
                      std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
  return digits ? ByteSize(std::stoll(text)) : ByteSize(text);
}

}  // namespace modelhost::host

#include "surgery_error.h"

#include <utility>

#include "modelhost/base/error_codes.h"

namespace modelhost {

Error surgery_error(const std::string& message, std::string key, std::string expected, std::string got) {
  return Error(codes::kModelSurgery, std::string(codes::kModelSurgery.title) + ": " + message)
      .key(std::move(key))
      .expected(std::move(expected))
      .got(std::move(got));
}

}  // namespace modelhost

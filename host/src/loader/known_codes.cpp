#include "loader/known_codes.h"

#include "modelhost/base/error_codes.h"
#include "modelhost/files/error_codes.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/registry/error_codes.h"
#include "modelhost/tokenizers/error_codes.h"

namespace modelhost::host {
namespace {

template <typename... Lists>
std::vector<ErrorCode> joined(const Lists&... lists) {
  std::vector<ErrorCode> all;
  (all.insert(all.end(), lists.begin(), lists.end()), ...);
  return all;
}

}  // namespace

const std::vector<ErrorCode>& known_codes() {
  static const std::vector<ErrorCode> all =
      joined(codes::kBaseCodes, codes::kFilesCodes, codes::kCheckpointCodes, codes::kTokenizerCodes,
             codes::kRegistryCodes, codes::kHostCodes);
  return all;
}

}  // namespace modelhost::host

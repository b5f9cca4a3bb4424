// Walking through a checkpoint that is larger than memory.
#pragma once

#include "modelhost/formats/tensor_info.h"

namespace modelhost {

/// Tells the system that the pages of a mapped tensor are not needed any more; whoever looks at them again
/// reads them from the file. What was written to the bytes in memory is lost. Does nothing to bytes that are
/// not part of a mapped file.
void drop_pages(const TensorBytes& bytes);

}  // namespace modelhost

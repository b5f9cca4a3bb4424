// The task "embed": one vector a text.
#pragma once

#include "task.h"

namespace modelhost::host {

TaskKind embed_task();

}  // namespace modelhost::host

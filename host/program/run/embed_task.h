// The task "embed": one vector a text.
#pragma once

#include "task.h"

namespace modelhost::host {

/// Errors: those of Host::load_embedder and SentenceEmbedder::embed; kYamlValue for an unknown pooling or
/// format.
void embed_task(Host& host, const RunConfig& config, TaskIo& io);

}  // namespace modelhost::host

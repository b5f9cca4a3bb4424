#include "modelhost/plugin/plugin.h"
#include "tiny_model.h"

MODELHOST_PLUGIN("org.modelhost.tests.tiny", "1.0.0", modelhost::plugins::tiny::TinyModel,
                 modelhost::plugins::tiny::TinyForClassification);

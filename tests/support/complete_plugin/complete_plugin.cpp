#include "modelhost/plugin/plugin.h"
#include "testing/complete_model.h"

MODELHOST_PLUGIN("org.modelhost.tests.complete", "1.0.0", modelhost::testing::CompleteModel,
                 modelhost::testing::CompleteForMaskedLM,
                 modelhost::testing::CompleteForSequenceClassification);

#include "distilbert_heads.h"
#include "modelhost/plugin/plugin.h"

using namespace example::distilbert;

MODELHOST_PLUGIN("org.example.distilbert", "1.0.0", DistilBertModel, DistilBertForMaskedLM,
                 DistilBertForSequenceClassification, DistilBertForTokenClassification);

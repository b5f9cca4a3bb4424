#include "gpt2_heads.h"
#include "modelhost/plugin/plugin.h"

using namespace modelhost::plugins::gpt2;

MODELHOST_PLUGIN("org.modelhost.gpt2", "0.1.0", GPT2Model, GPT2LMHeadModel, GPT2DoubleHeadsModel,
                 GPT2ForSequenceClassification, GPT2ForTokenClassification, GPT2ForQuestionAnswering);

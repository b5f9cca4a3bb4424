#include "bert_heads.h"
#include "modelhost/plugin/plugin.h"

using namespace modelhost::plugins::bert;

MODELHOST_PLUGIN("org.modelhost.bert", "0.1.0", BertModel, BertForPreTraining, BertForMaskedLM,
                 BertLMHeadModel, BertForNextSentencePrediction, BertForSequenceClassification,
                 BertForMultipleChoice, BertForTokenClassification, BertForQuestionAnswering);

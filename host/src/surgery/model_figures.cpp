#include "modelhost/host/surgery/model_figures.h"
#include "modelhost/model/measures.h"

#include <ATen/ops/zeros.h>

namespace modelhost::host {

Json ModelFigures::to_json() const {
  return {{"parameters", parameters},
          {"bytes", bytes},
          {"operations_per_token", operations_per_token},
          {"heads", heads},
          {"vocabulary", vocabulary}};
}

ModelFigures figures_of(PreTrainedModel& model) {
  ModelFigures figures;
  figures.parameters = num_parameters(model);
  figures.bytes = get_memory_footprint(model);
  figures.operations_per_token =
      floating_point_ops(model, {{model.traits().main_input_name, at::zeros({1, 1}, at::kLong)}});
  for (const nn::AttentionHeads& layer : model.attention_heads()) figures.heads += *layer.num_heads;
  if (const nn::EmbeddingImpl* embedding = model.get_input_embeddings())
    figures.vocabulary = embedding->num_embeddings();
  return figures;
}

}  // namespace modelhost::host

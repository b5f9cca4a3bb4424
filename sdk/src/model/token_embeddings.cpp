// More or fewer rows of embeddings, and of the head behind them.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>

#include "base/system_memory.h"
#include "modelhost/base/log.h"
#include "modelhost/base/text.h"
#include "modelhost/model/surgery.h"
#include "new_rows.h"
#include "surgery_error.h"

namespace modelhost {
namespace {

using at::Tensor;

void check_rows(const char* key, int64_t rows, const Limits& limits) {
  if (rows >= 1 && static_cast<double>(rows) <= limits.max) return;
  throw surgery_error("an embedding cannot have so many rows", key,
                      "a number from 1 to " + std::to_string(static_cast<int64_t>(limits.max)),
                      std::to_string(rows));
}

int64_t rounded_up(int64_t rows, std::optional<int64_t> multiple) {
  if (!multiple) return rows;
  check_rows("pad_to_multiple_of", *multiple, limits::kVocabulary);
  return (rows + *multiple - 1) / *multiple * *multiple;
}

void check_fits_memory(const char* key, const Tensor& weight, int64_t rows, int copies) {
  const double bytes = static_cast<double>(rows) * static_cast<double>(weight.size(1)) *
                       static_cast<double>(weight.element_size()) * copies;
  if (nn::is_placeholder(weight) || !weight.is_cpu() || bytes <= static_cast<double>(available_memory()))
    return;
  throw surgery_error("the new embedding needs more memory than is free", key,
                      "at most " + human_bytes(available_memory()),
                      human_bytes(static_cast<uint64_t>(bytes)));
}

// The first rows of `old`, and then what `make_rows(added)` gives.
template <typename Function>
Tensor with_rows(const Tensor& old, int64_t rows, Function&& make_rows) {
  if (nn::is_placeholder(old)) {
    std::vector<int64_t> shape = old.sizes().vec();
    shape[0] = rows;
    return nn::make_placeholder(shape, old.options().requires_grad(false));
  }
  if (rows <= old.size(0)) return old.slice(0, 0, rows).clone();
  return at::cat({old, make_rows(rows - old.size(0))});
}

// Values that the class's own rule gives to a new module of that size.
template <typename Module>
void initialize_new(PreTrainedModel& model, Module& module) {
  for (auto& parameter : module.named_parameters()) nn::materialize(parameter.value());
  model.init_module_weights(module);
}

Tensor resized(PreTrainedModel& model, const nn::EmbeddingImpl& embedding, int64_t rows, bool mean_resizing) {
  const Tensor& old = embedding.weight();
  return with_rows(old, rows, [&](int64_t added) {
    if (mean_resizing) return rows_around_mean(old, added);
    const nn::ParameterOptions options(old.scalar_type(), old.device());
    nn::Embedding fresh(added, embedding.embedding_dim());
    initialize_new(model, *fresh);
    return fresh->weight().detach();
  });
}

struct ResizedHead {
  Tensor weight, bias;  // undefined: stays
};

// A head of its own.
ResizedHead resized(PreTrainedModel& model, const nn::LinearImpl& head, int64_t rows, bool mean_resizing) {
  if (head.out_features() == rows) return {};
  const Tensor &weight = head.weight(), &bias = head.bias();
  nn::Linear fresh{nullptr};
  if (!mean_resizing && rows > head.out_features() && !nn::is_placeholder(weight)) {
    const nn::ParameterOptions options(weight.scalar_type(), weight.device());
    fresh = nn::Linear(head.in_features(), rows - head.out_features(), bias.defined());
    initialize_new(model, *fresh);
  }
  ResizedHead result;
  result.weight = with_rows(weight, rows, [&](int64_t added) {
    return fresh ? fresh->weight().detach() : rows_around_mean(weight, added);
  });
  if (bias.defined()) {
    result.bias = with_rows(bias, rows, [&](int64_t added) {
      return fresh ? fresh->bias().detach() : elements_around_mean(bias, added);
    });
  }
  return result;
}

// A head whose weight is the embedding's: its bias follows, filled with zeros.
ResizedHead follow(const nn::LinearImpl& head, int64_t rows) {
  const Tensor& bias = head.bias();
  if (!bias.defined() || bias.size(0) == rows) return {};
  return {{}, with_rows(bias, rows, [&](int64_t added) { return bias.new_zeros({added}); })};
}

void forget_padding(PreTrainedModel& model, nn::EmbeddingImpl& embedding) {
  if (!embedding.padding_idx() || *embedding.padding_idx() < embedding.num_embeddings()) return;
  embedding.clear_padding_idx();
  std::optional<int64_t>& id = model.config().get_text_config().pad_token_id;
  if (!id || *id < embedding.num_embeddings()) return;
  log(LogLevel::kWarning, "the padding token " + std::to_string(*id) +
                              " is not in the vocabulary any more: the config names none now");
  id.reset();
}

}  // namespace

nn::EmbeddingImpl& resize_token_embeddings(PreTrainedModel& model, std::optional<int64_t> new_num_tokens,
                                           std::optional<int64_t> pad_to_multiple_of, bool mean_resizing) {
  const at::NoGradGuard no_grad;
  nn::EmbeddingImpl* embedding = model.get_input_embeddings();
  if (!embedding)
    throw surgery_error("it has no token embedding", "new_num_tokens", "a class with get_input_embeddings()",
                        model.traits().architecture);
  if (!new_num_tokens && !pad_to_multiple_of) return *embedding;
  if (new_num_tokens) check_rows("new_num_tokens", *new_num_tokens, limits::kVocabulary);
  const int64_t rows = rounded_up(new_num_tokens.value_or(embedding->num_embeddings()), pad_to_multiple_of);
  check_rows("new_num_tokens", rows, limits::kVocabulary);

  nn::LinearImpl* head = model.get_output_embeddings();
  const bool tied = model.config().get_text_config().tie_word_embeddings;
  check_fits_memory("new_num_tokens", embedding->weight(), rows, head && !tied ? 2 : 1);
  Tensor weight;
  if (embedding->num_embeddings() != rows) weight = resized(model, *embedding, rows, mean_resizing);
  ResizedHead new_head;
  if (head) new_head = tied ? follow(*head, rows) : resized(model, *head, rows, mean_resizing);
  model.config().get_text_config().set("vocab_size", rows);

  if (weight.defined()) nn::replace_data(embedding->weight(), weight);
  if (new_head.weight.defined()) nn::replace_data(head->weight(), new_head.weight);
  if (new_head.bias.defined()) nn::replace_data(head->bias(), new_head.bias);
  forget_padding(model, *embedding);
  model.tie_weights();
  return *embedding;
}

void PreTrainedModel::resize_position_embeddings(int64_t new_num_position_embeddings) {
  const at::NoGradGuard no_grad;
  nn::EmbeddingImpl* positions = get_position_embeddings();
  if (!positions) {
    throw surgery_error("its position embeddings cannot be resized", "new_num_position_embeddings",
                        "a class with get_position_embeddings()", traits_.architecture);
  }
  check_rows("new_num_position_embeddings", new_num_position_embeddings, limits::kPositions);
  check_fits_memory("new_num_position_embeddings", positions->weight(), new_num_position_embeddings, 1);
  const Tensor weight = resized(*this, *positions, new_num_position_embeddings, /*mean_resizing=*/false);
  config_->set("max_position_embeddings", new_num_position_embeddings);
  nn::replace_data(positions->weight(), weight);
}

void set_input_embeddings(PreTrainedModel& model, const nn::Embedding& other) {
  nn::EmbeddingImpl* embedding = model.get_input_embeddings();
  const int64_t width = embedding ? embedding->embedding_dim() : 0;
  if (embedding && other && other->embedding_dim() == width) return embedding->adopt(*other);
  throw surgery_error("the token embedding cannot be replaced by this one", "set_input_embeddings",
                      embedding ? "an embedding of width " + std::to_string(width) : "a class that has one",
                      other ? "one of width " + std::to_string(other->embedding_dim()) : "none");
}

void set_output_embeddings(PreTrainedModel& model, const nn::Linear& other) {
  nn::LinearImpl* head = model.get_output_embeddings();
  if (head && other && other->in_features() == head->in_features() &&
      other->bias().defined() == head->bias().defined()) {
    head->tie_weight(other->weight());
    if (other->bias().defined()) nn::replace_data(head->bias(), other->bias().detach());
    return;
  }
  throw surgery_error("the output projection cannot be replaced by this one", "set_output_embeddings",
                      head ? "one of width " + std::to_string(head->in_features()) +
                                 (head->bias().defined() ? " with bias" : " without bias")
                           : "a class that has one",
                      other ? "one of width " + std::to_string(other->in_features()) +
                                  (other->bias().defined() ? " with bias" : " without bias")
                            : "none");
}

}  // namespace modelhost

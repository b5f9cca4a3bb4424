// Changes of a model's shape. After an error of these functions the model is as before.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "modelhost/model/pretrained_model.h"

namespace modelhost {

/// Makes `new_num_tokens` rows of the token embedding, rounded up to a multiple of `pad_to_multiple_of`; of
/// a head of its own also the rows and bias, and of a tied head the bias (with zeros). Sets `vocab_size` of
/// the config. Rows that stay are copied. New ones are drawn from the normal distribution with the mean of
/// the old ones and 1e-9 times their covariance, or equal the mean where that is not positive definite;
/// with `mean_resizing` false, the class's initialisation rule decides. A padding id that goes is
/// forgotten. Returns the token embedding, which is the same object. Without either number nothing happens.
/// Follows `resize_token_embeddings`. Errors: kModelSurgery.
nn::EmbeddingImpl& resize_token_embeddings(PreTrainedModel& model, std::optional<int64_t> new_num_tokens,
                                           std::optional<int64_t> pad_to_multiple_of = {},
                                           bool mean_resizing = true);

/// The token embedding, or the output projection, has from now on the weight of `other`: the same tensor
/// object, so that training one is training both (transformers puts the module itself into place). The
/// projection's bias takes the values of the other's. Ties nothing: `tie_weights` does. Errors:
/// kModelSurgery for another width, and where only one of the two projections has a bias.
void set_input_embeddings(PreTrainedModel& model, const nn::Embedding& other);
void set_output_embeddings(PreTrainedModel& model, const nn::Linear& other);

/// layer -> heads, both counted from 0 in the model that nothing was pruned from. A negative layer counts
/// from the last one, -1, as in transformers.
using HeadsToPrune = std::map<int64_t, std::vector<int64_t>>;

/// Takes heads away and adds them to `config.pruned_heads`, under the layer numbers that were given. May be
/// called any number of times: heads keep their first numbers, and those that are gone already are passed
/// over. Only the weights of layers that lose heads are copied. Follows `prune_heads`. Errors:
/// kModelSurgery for a layer or head that does not exist, for all heads of a layer, and for an architecture
/// without `attention_heads`.
void prune_heads(PreTrainedModel& model, const HeadsToPrune& heads);

/// Takes away the heads that the config names. Called by the registry after construction.
/// Errors: kConfigInconsistent.
void prune_heads_of_config(PreTrainedModel& model);

}  // namespace modelhost

// What a model takes: an architecture declares a table, and the SDK checks what comes against it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/model/named_tensors.h"

namespace modelhost {

/// One row of the table.
struct Input {
  enum class Kind {
    kIds,       ///< integers from 0 to bound - 1
    kStates,    ///< numbers in the model's dtype
    kMask,      ///< 1 = look; with four dimensions in the model's dtype (added to scores) or of booleans
    kHeadMask,  ///< [H] or [L, H]; five dimensions, and heads that were pruned, are the caller's business
    kFlag,      ///< one boolean, a tensor without dimensions; read by `flag`
    kOther,     ///< labels and the like: only the shape is looked at, where there is one
  };
  /// What the sequence is read from: exactly one of such inputs must be there. Cross attention: what comes
  /// from an encoder; a class without cross attention may not have it.
  enum class Role { kPlain, kSequence, kEncoder };

  std::string_view name;
  /// Letters for sizes, with spaces between them, e.g. "B S"; "B?" may also be 1, "*" anything; "|" separates
  /// what may come instead. B batch, S sequence, K keys (S and what is in the cache), T length of the
  /// encoder's states; C and N where texts come with choices, C texts of N choices, which make a batch B of C
  /// times N; E, H, L and others as `InputTable::sizes` says.
  std::string_view shape;
  Kind kind = Kind::kOther;
  int64_t bound = 0;  ///< of ids: rows of their table; 0: any that is not negative
  Role role = Role::kPlain;
};

/// What a class does with the states of an encoder.
enum class CrossAttention { kIgnored, kRefused, kUsed };

/// All inputs of a model, in the order of transformers' `forward`.
struct InputTable {
  std::vector<Input> inputs;
  std::map<char, int64_t> sizes = {};  ///< letters that the config decides
  CrossAttention cross_attention = CrossAttention::kRefused;
  /// The most positions of a sequence, 0: any number; and the key of the config that says so. A caller who
  /// gives `position_ids` may go on, unless `counts_distances`.
  int64_t max_positions = 0;
  std::string_view max_positions_key = "max_position_embeddings";
  bool counts_distances = false;

  /// Names, without those of an encoder where `with_encoder` is false.
  std::vector<std::string> names(bool with_encoder = true) const;
};

/// The sizes of one forward.
struct InputShape {
  int64_t batch = 0;                ///< B, choices included
  int64_t sequence = 0;             ///< S
  int64_t past = 0;                 ///< tokens in the cache
  std::vector<int64_t> dimensions;  ///< what the caller sees: [B, S], or [B, N, S] for choices
  std::map<char, int64_t> letters;  ///< every size that is known
};

/// What the checks know beside table and inputs.
struct InputContext {
  c10::ScalarType dtype = at::kFloat;  ///< the model's
  int64_t past = 0;                    ///< tokens in the cache
  bool heads_pruned = false;
};

/// Checks all inputs against the table and each other. Errors: kModelInput with the input's name, expected
/// and got.
InputShape check_inputs(const NamedTensors& inputs, const InputTable& table, const InputContext& context);

/// Whether the flag is there and true.
bool flag(const NamedTensors& inputs, std::string_view name);

/// int64 [1, S]: past, past + 1, …
at::Tensor default_positions(const InputShape& shape, c10::Device device);

}  // namespace modelhost

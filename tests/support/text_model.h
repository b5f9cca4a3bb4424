// A model directory with all that a program needs to embed texts, written on the spot: the model of
// testing/complete_model.h (3 layers of 4 heads, 12 features) with made-up weights, a tokenizer of some words, and
// sentence-transformers' files. Its plugin stands in build/tests/plugins/complete.
#pragma once

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "modelhost/base/json.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/save/save_pretrained.h"
#include "support/paths.h"
#include "testing/complete_model.h"

namespace modelhost::test {

inline const std::filesystem::path kCompletePlugin = build_path("tests/plugins/complete");

/// Ids are places in this list. The model has rows for 30, so there are some that the tokenizer does not use.
inline const std::vector<std::string> kTextModelWords = {
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "man", "woman", "eats", "food", "the", "market",
    "fell",  "hello", "world", "##s",   ".", "cat", "sat",   "on",   "mat",  "is",  "eating"};
inline constexpr int64_t kTextModelRows = 30, kTextModelPositions = 16;

/// `{"type": "BertNormalizer"}` lowers the texts; with `lower` false nothing does.
inline Json text_model_tokenizer(bool lower = true) {
  const auto special = [](int id) {
    return Json{{"id", id},
                {"content", kTextModelWords[id]},
                {"single_word", false},
                {"lstrip", false},
                {"rstrip", false},
                {"normalized", false},
                {"special", true}};
  };
  const auto token = [](const char* name) { return Json{{"SpecialToken", {{"id", name}, {"type_id", 0}}}}; };
  const Json text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const Json second = {{"Sequence", {{"id", "B"}, {"type_id", 0}}}};
  Json vocabulary = Json::object();
  for (const std::string& word : kTextModelWords) vocabulary[word] = vocabulary.size();
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", {special(0), special(1), special(2), special(3)}},
          {"normalizer", lower ? Json{{"type", "BertNormalizer"},
                                      {"clean_text", true},
                                      {"handle_chinese_chars", true},
                                      {"strip_accents", nullptr},
                                      {"lowercase", true}}
                               : Json()},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"post_processor",
           {{"type", "TemplateProcessing"},
            {"single", {token("[CLS]"), text, token("[SEP]")}},
            {"pair", {token("[CLS]"), text, token("[SEP]"), second, token("[SEP]")}},
            {"special_tokens",
             {{"[CLS]", {{"id", "[CLS]"}, {"ids", {2}}, {"tokens", {"[CLS]"}}}},
              {"[SEP]", {{"id", "[SEP]"}, {"ids", {3}}, {"tokens", {"[SEP]"}}}}}}}},
          {"decoder", nullptr},
          {"model",
           {{"type", "WordPiece"},
            {"unk_token", "[UNK]"},
            {"continuing_subword_prefix", "##"},
            {"max_input_chars_per_word", 100},
            {"vocab", vocabulary}}}};
}

inline std::shared_ptr<testing::CompleteConfig> text_model_config() {
  auto config = std::make_shared<testing::CompleteConfig>();
  config->vocab_size = kTextModelRows;
  config->max_position_embeddings = kTextModelPositions;
  config->pad_token_id = 0;
  return config;
}

/// The same weights on every machine: no random numbers, each tensor with waves of its own.
template <typename Model>
std::shared_ptr<Model> text_model(const std::string& architecture) {
  const at::NoGradGuard no_grad;
  auto model =
      std::dynamic_pointer_cast<Model>(model_spec<Model>(architecture).make_model(text_model_config()));
  model->init_weights();
  double speed = 0.7;
  for (const StateEntry& entry : state_dict(*model)) {
    if (entry.is_buffer) continue;
    if (entry.tensor.dim() > 1)
      entry.tensor.zero_();  // vectors begin with what their rule says, zeros and ones
    const at::Tensor wave = (at::arange(entry.tensor.numel(), at::kFloat) * (speed += 0.13)).sin();
    entry.tensor.add_(wave.view(entry.tensor.sizes()), 0.4);
  }
  model->eval();
  return model;
}

inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

/// Weights are of `Model`, which is one of the classes of complete_model.h by that name. Returns `directory`.
template <typename Model = testing::CompleteModel>
std::filesystem::path write_text_model(const std::filesystem::path& directory,
                                       const std::string& architecture = "CompleteModel") {
  save_pretrained(*text_model<Model>(architecture), directory);
  write_text(directory / "tokenizer.json", text_model_tokenizer().dump());
  write_text(directory / "modules.json", R"([
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}])");
  write_text(directory / "1_Pooling/config.json", R"({"pooling_mode_mean_tokens": true})");
  write_text(directory / "sentence_bert_config.json", R"({"max_seq_length": 12, "do_lower_case": false})");
  return directory;
}

}  // namespace modelhost::test

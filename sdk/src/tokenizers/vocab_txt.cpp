#include "vocab_txt.h"

#include <unordered_map>

#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/files/json_file.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/tokenizers/error_codes.h"
#include "modelhost/tokenizers/tokenizer.h"
#include "utf8.h"
#include "wordpiece.h"

namespace modelhost {
namespace {

SpecialToken find_special(const Vocabulary& vocabulary, const std::string& name, const std::string& file) {
  const auto id = vocabulary.find(name);
  if (!id) {
    throw Error(codes::kTokenizerFile, "a special token is not in the vocabulary")
        .file(file)
        .key(name)
        .fix("add it to vocab.txt, or name the right one in tokenizer_config.json");
  }
  return {{*id}, {name}};
}

PostProcessorPtr bert_template(const SpecialToken& cls, const SpecialToken& sep) {
  const TemplatePiece start{-1, cls, 0}, end{-1, sep, 0}, pair_end{-1, sep, 1}, first{0, {}, 0},
      second{1, {}, 1};
  return std::make_shared<TemplateProcessing>(std::vector{start, first, end},
                                              std::vector{start, first, end, second, pair_end});
}

BertNormalizerOptions normalizer_options(const TokenizerSettings& settings) {
  BertNormalizerOptions options;
  options.handle_chinese_chars = settings.tokenize_chinese_chars.value_or(true);
  options.strip_accents = settings.strip_accents.value_or(std::nullopt);
  options.lowercase = settings.do_lower_case.value_or(true);
  if (!settings.do_basic_tokenize.value_or(true)) {
    options.handle_chinese_chars = options.lowercase = false;
    options.strip_accents = false;
  }
  return options;
}

void check_text(std::string_view text, const std::string& file) {
  try {
    check_utf8(text);
  } catch (const Error& error) {
    throw Error(codes::kTokenizerFile, "a vocabulary is not text: " + error.message())
        .file(file)
        .got(error.got());
  }
}

}  // namespace

std::vector<VocabEntry> parse_vocab_txt(std::string_view text, const std::string& file) {
  check_text(text, file);
  std::vector<VocabEntry> entries;
  std::unordered_map<std::string_view, std::size_t> seen;
  for (int64_t id = 0; !text.empty(); ++id) {
    const std::size_t end = text.find_first_of("\r\n");
    const std::string_view piece = text.substr(0, end);
    const auto [known, is_new] = seen.try_emplace(piece, entries.size());
    if (is_new) {
      entries.push_back({std::string(piece), id});
    } else {
      entries[known->second].id = id;
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return entries;
}

TokenizerParts read_vocab_txt(const std::filesystem::path& path, const TokenizerSettings& settings) {
  TokenizerParts parts;
  parts.file = path.string();
  WordPieceOptions options;
  options.unk_token = settings.unk_token.value_or(options.unk_token);
  Vocabulary vocabulary(parse_vocab_txt(read_text_file(path, kMaxJsonBytes), parts.file), parts.file,
                        "vocab");
  const auto model = std::make_shared<WordPiece>(std::move(vocabulary), options, parts.file, "vocab");
  parts.normalizer = std::make_shared<BertNormalizer>(normalizer_options(settings));
  parts.pre_tokenizer = std::make_shared<BertPreTokenizer>();
  parts.post_processor =
      bert_template(find_special(model->vocabulary(), settings.cls_token.value_or("[CLS]"), parts.file),
                    find_special(model->vocabulary(), settings.sep_token.value_or("[SEP]"), parts.file));
  parts.decoder = std::make_shared<WordPieceDecoder>("##", true);
  parts.model = model;
  return parts;
}

}  // namespace modelhost

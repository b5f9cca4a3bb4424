#include "tokenizer_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "json_field.h"
#include "modelhost/files/json_file.h"

namespace modelhost {
namespace {

// transformers writes int(1e30) for "no limit"; nothing near it is a length.
constexpr double kVeryLarge = 1e18;

struct NamedToken {
  const char* key;
  std::optional<std::string> TokenizerSettings::*member;
};
constexpr std::array kNamedTokens{NamedToken{"bos_token", &TokenizerSettings::bos_token},
                                  NamedToken{"eos_token", &TokenizerSettings::eos_token},
                                  NamedToken{"unk_token", &TokenizerSettings::unk_token},
                                  NamedToken{"sep_token", &TokenizerSettings::sep_token},
                                  NamedToken{"pad_token", &TokenizerSettings::pad_token},
                                  NamedToken{"cls_token", &TokenizerSettings::cls_token},
                                  NamedToken{"mask_token", &TokenizerSettings::mask_token}};

// A plain string, or an AddedToken written out.
AddedToken read_token(const JsonField& field, bool special) {
  AddedToken token;
  token.special = special;
  token.normalized = !special;
  if (field.json().is_string()) {
    token.content = field.string();
    return token;
  }
  token.content = field.at("content").string();
  token.single_word = field.boolean_or("single_word", false);
  token.lstrip = field.boolean_or("lstrip", false);
  token.rstrip = field.boolean_or("rstrip", false);
  token.special = special || field.boolean_or("special", false);
  token.normalized = field.boolean_or("normalized", !token.special);
  return token;
}

void add_special(TokenizerSettings& settings, AddedToken token) {
  const auto same = [&](const AddedToken& other) { return other.content == token.content; };
  if (std::none_of(settings.special_tokens.begin(), settings.special_tokens.end(), same)) {
    settings.special_tokens.push_back(std::move(token));
  }
}

void read_special_tokens(const JsonField& root, TokenizerSettings& settings) {
  for (const auto& [key, member] : kNamedTokens) {
    const auto field = root.find(key);
    if (!field || settings.*member) continue;
    AddedToken token = read_token(*field, true);
    settings.*member = token.content;
    add_special(settings, std::move(token));
  }
  const auto additional = root.find("additional_special_tokens");
  if (!additional || !additional->json().is_array()) return;
  for (const JsonField& item : additional->items()) add_special(settings, read_token(item, true));
}

void read_added_tokens(const JsonField& root, TokenizerSettings& settings) {
  const auto decoder = root.find("added_tokens_decoder");
  if (!decoder) return;
  if (!decoder->json().is_object()) decoder->fail("a tokenizer value has the wrong type", "an object");
  std::vector<std::pair<int64_t, AddedToken>> tokens;
  for (const auto& [id, value] : decoder->json().items()) {
    int64_t number = 0;
    const auto end = std::from_chars(id.data(), id.data() + id.size(), number);
    const JsonField field(value, decoder->path() + "." + id, root.file());
    if (end.ec != std::errc() || end.ptr != id.data() + id.size())
      field.fail("an id is not a number", "an integer key");
    tokens.emplace_back(number, read_token(field, false));
  }
  std::sort(tokens.begin(), tokens.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [id, token] : tokens) settings.added_tokens.push_back(std::move(token));
}

Side read_side(const JsonField& root, const std::string& key) {
  const auto field = root.find(key);
  if (!field) return Side::kRight;
  if (field->string() != "left" && field->string() != "right")
    field->fail("a side is unknown", "\"left\" or \"right\"");
  return field->string() == "left" ? Side::kLeft : Side::kRight;
}

std::optional<int64_t> read_max_length(const JsonField& root) {
  const auto field = root.find("model_max_length");
  if (!field) return std::nullopt;
  if (!field->json().is_number()) field->fail("a tokenizer value has the wrong type", "a number");
  const double value = field->json().get<double>();
  if (value >= kVeryLarge) return std::nullopt;
  if (!(value >= 0)) field->fail("a tokenizer value is out of range", "0 or more");
  return static_cast<int64_t>(value);
}

std::optional<bool> read_flag(const JsonField& root, const std::string& key) {
  const auto field = root.find(key);
  if (!field) return std::nullopt;
  return field->boolean();
}

void read_config(const JsonField& root, TokenizerSettings& settings) {
  settings.tokenizer_class = root.string_or("tokenizer_class", "");
  settings.model_max_length = read_max_length(root);
  settings.padding_side = read_side(root, "padding_side");
  settings.truncation_side = read_side(root, "truncation_side");
  if (const auto field = root.find("pad_token_type_id"))
    settings.pad_token_type_id = field->integer(0, kMaxTokenId);
  settings.clean_up_tokenization_spaces = read_flag(root, "clean_up_tokenization_spaces");
  settings.do_lower_case = read_flag(root, "do_lower_case");
  settings.do_basic_tokenize = read_flag(root, "do_basic_tokenize");
  settings.tokenize_chinese_chars = read_flag(root, "tokenize_chinese_chars");
  if (root.json().contains("strip_accents")) settings.strip_accents = read_flag(root, "strip_accents");
  read_added_tokens(root, settings);
}

}  // namespace

TokenizerSettings read_tokenizer_settings(const std::filesystem::path& model_dir) {
  TokenizerSettings settings;
  const auto config = model_dir / "tokenizer_config.json";
  if (std::filesystem::exists(config)) {
    const Json json = read_json_file(config);
    const std::string file = config.string();
    const JsonField root(json, "", file);
    read_config(root, settings);
    read_special_tokens(root, settings);
  }
  const auto map = model_dir / "special_tokens_map.json";
  if (std::filesystem::exists(map)) {
    const Json json = read_json_file(map);
    const std::string file = map.string();
    read_special_tokens(JsonField(json, "", file), settings);
  }
  return settings;
}

}  // namespace modelhost

// modelhost tokenize DIR: text to ids, one JSON line a text. Loads no plugin.
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include "commands.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/json.h"
#include "modelhost/host/hub/model_source.h"
#include "modelhost/tokenizers/tokenizer.h"

namespace modelhost::host {
namespace {

struct TokenizeArguments {
  std::string model, input = "-";
  bool pairs = false, no_special_tokens = false;
  std::optional<int64_t> max_length;
};

EncodeOptions encode_options(const TokenizeArguments& arguments) {
  EncodeOptions options;
  options.add_special_tokens = !arguments.no_special_tokens;
  if (arguments.max_length) options.truncation = Truncation::kLongestFirst;
  options.max_length = arguments.max_length;
  return options;
}

Json line_json(const std::string& text, const Encoding& encoding) {
  return {{"text", text},
          {"input_ids", encoding.input_ids},
          {"token_type_ids", encoding.token_type_ids},
          {"tokens", encoding.tokens}};
}

// With --pairs the two texts of a line are separated by its first tab.
Encoding encode_line(const Tokenizer& tokenizer, const std::string& line,
                     const TokenizeArguments& arguments) {
  const EncodeOptions options = encode_options(arguments);
  const auto tab = arguments.pairs ? line.find('\t') : std::string::npos;
  if (tab == std::string::npos) return tokenizer.encode(line, options);
  return tokenizer.encode_pair(line.substr(0, tab), line.substr(tab + 1), options);
}

void tokenize(const TokenizeArguments& arguments) {
  const Tokenizer tokenizer = Tokenizer::from_pretrained(ModelSource(arguments.model).local());
  std::ifstream file;
  if (arguments.input != "-") {
    file.open(arguments.input);
    if (!file) throw Error(codes::kFileUnreadable, "file cannot be read").file(arguments.input);
  }
  std::istream& in = arguments.input == "-" ? std::cin : file;
  int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    try {
      std::cout << line_json(line, encode_line(tokenizer, line, arguments)).dump() << '\n';
    } catch (Error& error) {
      error.file(arguments.input).line(number);
      throw;
    }
  }
}

}  // namespace

void add_tokenize_command(CLI::App& app) {
  auto arguments = std::make_shared<TokenizeArguments>();
  CLI::App* command =
      app.add_subcommand("tokenize", "Show the ids that a model's tokenizer gives for lines of text");
  command->add_option("DIR", arguments->model, "Model directory")->required();
  command->add_option("--input", arguments->input, "Texts, one a line; - for standard input")
      ->type_name("FILE")
      ->capture_default_str();
  command->add_option("--max-length", arguments->max_length, "Cut to so many tokens, special ones included");
  command->add_flag("--pairs", arguments->pairs, "A line holds two texts, separated by a tab");
  command->add_flag("--no-special-tokens", arguments->no_special_tokens,
                    "Leave out [CLS], [SEP] and the like");
  command->callback([arguments] { tokenize(*arguments); });
}

}  // namespace modelhost::host

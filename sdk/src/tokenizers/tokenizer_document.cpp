#include "tokenizer_document.h"

#include <limits>
#include <utility>

#include "modelhost/base/text.h"
#include "modelhost/tokenizers/error_codes.h"

namespace modelhost {
namespace {

// Builds the tree, but for model.vocab. Gives up (returns false) at anything unusual: the slow way then finds
// out what it is and says so. A piece given twice is found by Vocabulary.
class DocumentBuilder {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  explicit DocumentBuilder(TokenizerDocument& document) : document_(document) {}

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(number_integer_t value) { return in_vocab_ ? entry(value) : add(value); }
  bool number_unsigned(number_unsigned_t value) {
    if (!in_vocab_) return add(value);
    return value <= static_cast<number_unsigned_t>(std::numeric_limits<int64_t>::max()) &&
           entry(static_cast<int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t&) { return add(value); }
  bool string(string_t& value) { return add(std::move(value)); }
  bool binary(binary_t&) { return false; }

  bool start_object(std::size_t) {
    if (in_vocab_ || open_.size() >= kMaxJsonDepth) return false;
    if (open_.size() == 2 && path_[0] == "model" && path_[1] == "vocab" && !document_.has_vocab) {
      in_vocab_ = document_.has_vocab = true;
      return true;
    }
    return open(Json::object());
  }
  bool end_object() {
    if (std::exchange(in_vocab_, false)) return true;
    return close();
  }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_array() { return close(); }

  bool key(string_t& name) {
    if (in_vocab_) {
      piece_ = std::move(name);
      return true;
    }
    if (open_.back()->contains(name)) return false;
    if (open_.size() <= 2) path_[open_.size() - 1] = name;
    name_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) { return false; }

 private:
  bool entry(int64_t id) {
    document_.vocab.push_back({std::move(piece_), id});
    return true;
  }
  Json* place(Json&& value) {
    if (open_.empty()) return &(document_.root = std::move(value));
    Json& parent = *open_.back();
    if (parent.is_object()) return &(parent[name_] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool add(Json&& value) {
    if (in_vocab_) return false;
    place(std::move(value));
    return true;
  }
  bool open(Json&& value) {
    if (in_vocab_ || open_.size() >= kMaxJsonDepth) return false;
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  TokenizerDocument& document_;
  std::vector<Json*> open_;  ///< stays valid: only the innermost container grows
  std::string name_, piece_;
  std::string path_[2];
  bool in_vocab_ = false;
};

TokenizerDocument parse_slowly(std::string_view text, const std::string& file) {
  TokenizerDocument document;
  document.root = parse_json(text, file);
  if (!document.root.is_object()) return document;
  const auto model = document.root.find("model");
  if (model == document.root.end() || !model->is_object()) return document;
  const auto vocab = model->find("vocab");
  if (vocab == model->end() || !vocab->is_object()) return document;
  document.has_vocab = true;
  for (const auto& [piece, id] : vocab->items()) {
    const bool fits = id.is_number_integer() &&
                      (!id.is_number_unsigned() || id.get<uint64_t>() <= static_cast<uint64_t>(kMaxTokenId));
    if (!fits) {
      throw Error(codes::kTokenizerFile, "a token id is not usable")
          .file(file)
          .key("model.vocab[" + quote(piece) + "]")
          .expected("an integer from 0 to " + std::to_string(kMaxTokenId))
          .got(describe_json(id));
    }
    document.vocab.push_back({piece, id.get<int64_t>()});
  }
  model->erase("vocab");
  return document;
}

}  // namespace

TokenizerDocument parse_tokenizer_document(std::string_view text, const std::string& file) {
  TokenizerDocument document;
  DocumentBuilder builder(document);
  if (Json::sax_parse(text, &builder)) return document;
  return parse_slowly(text, file);
}

}  // namespace modelhost

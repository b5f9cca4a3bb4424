#include "modelhost/host/yaml/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "modelhost/files/mapped_file.h"
#include "yaml/yaml_text.h"

namespace modelhost::host {
namespace {

// Builds the tree from the parser's events: unlike yaml-cpp's own nodes, events tell of anchors, duplicate
// keys and depth while there is still time to stop.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string source, const YamlCodes& codes)
      : source_(std::make_shared<const std::string>(std::move(source))), codes_(codes) {
    root_.source = source_;
  }

  YamlNode take() { return std::move(root_); }

  [[noreturn]] void refuse(const YAML::Mark& mark, const std::string& why) const {
    throw Error(codes_.syntax, std::string(codes_.syntax.title) + ": " + why)
        .file(*source_)
        .line(mark.line + 1, mark.column + 1);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) refuse(mark, "it holds more than one document");
  }
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases (*name) are not allowed");
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, "?", anchor);
    add(mark, node(mark, YamlNode::Kind::kNull));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(mark, tag, anchor);
    YamlNode scalar = node(mark, YamlNode::Kind::kScalar);
    scalar.text = value;
    scalar.quoted = tag == "!";
    add(mark, std::move(scalar));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  // A collection that is being filled. Its address is stable: only its innermost child grows.
  struct Open {
    YamlNode* node;
    bool has_key = false;
    std::string key;
    YAML::Mark key_mark{};
  };

  YamlNode node(const YAML::Mark& mark, YamlNode::Kind kind) const {
    YamlNode made;
    made.kind = kind;
    made.source = source_;
    made.line = mark.line + 1;
    made.column = mark.column + 1;
    return made;
  }

  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse(mark, "anchors (&name) are not allowed");
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags (!name) are not allowed");
    if (++nodes_ > kMaxYamlNodes) refuse(mark, "it holds more values than is plausible");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    check(mark, tag, anchor);
    if (open_.size() >= kMaxYamlDepth) refuse(mark, "it is nested too deeply");
    if (!open_.empty() && open_.back().node->kind == YamlNode::Kind::kMap && !open_.back().has_key) {
      refuse(mark, "a key must be plain text, and this is a list or a map (is a bracket never closed?)");
    }
    open_.push_back({add(mark, node(mark, kind))});
  }

  YamlNode* add(const YAML::Mark& mark, YamlNode value) {
    if (open_.empty()) return &(root_ = std::move(value));
    Open& parent = open_.back();
    if (parent.node->kind == YamlNode::Kind::kList) return &parent.node->items.emplace_back(std::move(value));
    if (!parent.has_key) return take_key(mark, parent, value), nullptr;
    value.key_line = parent.key_mark.line + 1;
    value.key_column = parent.key_mark.column + 1;
    parent.has_key = false;
    return &parent.node->entries.emplace_back(std::move(parent.key), std::move(value)).second;
  }

  void take_key(const YAML::Mark& mark, Open& parent, const YamlNode& key) {
    if (key.kind != YamlNode::Kind::kScalar) refuse(mark, "a key must be plain text");
    if (const YamlNode* first = parent.node->find(key.text)) {
      throw Error(codes_.syntax, std::string(codes_.syntax.title) + ": the same key stands there twice")
          .file(*source_)
          .line(mark.line + 1, mark.column + 1)
          .key(quote(key.text))
          .note("first in line " + std::to_string(first->key_line))
          .fix("remove one of the two");
    }
    parent.has_key = true;
    parent.key = key.text;
    parent.key_mark = mark;
  }

  std::shared_ptr<const std::string> source_;
  const YamlCodes& codes_;
  YamlNode root_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

YamlNode* YamlNode::find(std::string_view key) {
  return const_cast<YamlNode*>(std::as_const(*this).find(key));
}

YamlNode parse_yaml(std::string_view text, const std::string& source, const YamlCodes& codes) {
  check_yaml_bytes(text, source, codes.syntax);
  TreeBuilder builder(source, codes);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    builder.refuse(error.mark, error.msg);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(codes.syntax, std::string(codes.syntax.title) + ": " + error.what()).file(source);
  }
  return builder.take();
}

YamlNode parse_yaml_file(const std::filesystem::path& file, const YamlCodes& codes) {
  try {
    return parse_yaml(read_text_file(file, kMaxYamlBytes), file.string(), codes);
  } catch (const Error& error) {
    if (error.code() != codes::kFileTooLarge.id) throw;
    throw Error(codes.syntax, std::string(codes.syntax.title) + ": " + error.message())
        .file(error.file())
        .expected(error.expected())
        .got(error.got());
  }
}

}  // namespace modelhost::host

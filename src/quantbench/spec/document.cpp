#include "quantbench/spec/document.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::spec {

namespace {

constexpr std::size_t kMaxBytes = 256 * 1024;
constexpr std::size_t kMaxValues = 10000;
constexpr std::size_t kMaxDepth = 32;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// [-+]? digits
bool looks_like_integer(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// [-+]? (digits [. digits?] | . digits) ([eE] [-+]? digits)?
bool looks_like_number(std::string_view text) {
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    if (!looks_like_integer(text.substr(exponent + 1))) return false;
    text = text.substr(0, exponent);
  }
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view part =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  constexpr std::string_view kDigits = "0123456789";
  return !(whole.empty() && part.empty()) &&
         whole.find_first_not_of(kDigits) == std::string_view::npos &&
         part.find_first_not_of(kDigits) == std::string_view::npos;
}

Json plain_scalar(const std::string& text, const std::string& where) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL", "None"})) return nullptr;
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  const char* begin = text.data() + (text[0] == '+' ? 1 : 0);
  const char* end = text.data() + text.size();
  if (looks_like_integer(text)) {
    std::int64_t value = 0;
    if (std::from_chars(begin, end, value).ec != std::errc()) {
      throw Error("the integer " + text + " is too large", where);
    }
    return value;
  }
  if (looks_like_number(text)) {
    double value = 0;
    if (std::from_chars(begin, end, value).ec != std::errc()) {
      throw Error("the number " + text + " is out of range", where);
    }
    return value;
  }
  return text;
}

/// Converts yaml-cpp's nodes to ours.
class Converter {
 public:
  /// `line_of`: "spec.yaml:12" from a mark.
  explicit Converter(std::string name, bool with_lines)
      : name_(std::move(name)), with_lines_(with_lines) {}

  std::string place(const YAML::Mark& mark) const {
    if (!with_lines_ || mark.is_null()) return name_;
    return name_ + ":" + std::to_string(mark.line + 1);
  }

  Node convert(const YAML::Node& yaml, std::size_t depth = 0) {
    Node node;
    node.where = place(yaml.Mark());
    if (++values_ > kMaxValues) {
      throw Error("more than " + std::to_string(kMaxValues) + " values after aliases are expanded",
                  node.where);
    }
    if (depth > kMaxDepth) {
      throw Error("nested deeper than " + std::to_string(kMaxDepth) + " levels", node.where);
    }
    switch (yaml.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        break;
      case YAML::NodeType::Scalar:
        node.scalar = scalar(yaml, node.where);
        break;
      case YAML::NodeType::Sequence:
        node.kind = Node::Kind::kList;
        for (const YAML::Node& item : yaml) node.items.push_back(convert(item, depth + 1));
        break;
      case YAML::NodeType::Map:
        node.kind = Node::Kind::kMap;
        convert_entries(yaml, depth, node);
        break;
    }
    return node;
  }

 private:
  Json scalar(const YAML::Node& yaml, const std::string& where) const {
    const std::string& tag = yaml.Tag();
    if (tag == "?" || tag.empty()) return plain_scalar(yaml.Scalar(), where);
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return yaml.Scalar();
    if (is_one_of(tag, {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float",
                        "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"})) {
      return plain_scalar(yaml.Scalar(), where);
    }
    throw Error("the YAML tag '" + tag + "' is not supported", where);
  }

  void convert_entries(const YAML::Node& yaml, std::size_t depth, Node& node) {
    std::vector<Node> merged;
    for (const auto& pair : yaml) {
      const std::string where = place(pair.first.Mark());
      if (!pair.first.IsScalar()) throw Error("a key must be a word", where);
      const std::string& key = pair.first.Scalar();
      if (key == "<<" && pair.first.Tag() != "!") {
        const Node source = convert(pair.second, depth + 1);
        const std::vector<Node> sources = source.is_list() ? source.items : std::vector{source};
        merged.insert(merged.end(), sources.begin(), sources.end());
        continue;
      }
      if (const Entry* first = node.find(key)) {
        throw Error("key '" + key + "' is given twice", where, "first at " + first->where);
      }
      Node value = convert(pair.second, depth + 1);
      // yaml-cpp gives a missing value the position of the next token.
      if (value.is_null()) value.where = where;
      node.entries.push_back({key, where, std::move(value)});
    }
    for (const Node& source : merged) {
      if (!source.is_map()) throw Error("'<<' merges maps only", source.where);
      for (const Entry& entry : source.entries) {
        if (node.find(entry.key) == nullptr) node.entries.push_back(entry);
      }
    }
  }

  std::string name_;
  bool with_lines_;
  std::size_t values_ = 0;
};

std::size_t line_of(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::count(
                 text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

/// yaml-cpp treats some control characters as the end of the text and ignores others.
void check_characters(std::string_view text, const std::string& name) {
  const std::size_t bad = find_invalid_utf8(text);
  if (bad != std::string_view::npos) {
    throw Error("not UTF-8 text", name + ":" + std::to_string(line_of(text, bad)));
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f) {
      throw Error("control character in the text", name + ":" + std::to_string(line_of(text, i)));
    }
  }
}

/// yaml-cpp's message. Version 0.8 adds the name of an unknown anchor and 0.7 does not: left out,
/// so that a spec gets one message everywhere.
std::string message_of(const YAML::Exception& error) {
  constexpr std::string_view kUnknownAnchor = "the referenced anchor is not defined";
  return std::string(error.msg.starts_with(kUnknownAnchor) ? kUnknownAnchor
                                                           : std::string_view(error.msg));
}

Node parse_yaml(std::string_view yaml, const std::string& name, bool with_lines) {
  if (yaml.size() > kMaxBytes) {
    throw Error("larger than a spec can be: " + std::to_string(yaml.size()) + " bytes, at most " +
                    std::to_string(kMaxBytes),
                name);
  }
  check_characters(yaml, name);
  Converter converter(name, with_lines);
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(yaml));
    if (documents.size() > 1) {
      throw Error("more than one YAML document", converter.place(documents[1].Mark()));
    }
    return documents.empty() ? converter.convert(YAML::Node()) : converter.convert(documents[0]);
  } catch (const YAML::Exception& error) {
    throw Error("not valid YAML: " + message_of(error), converter.place(error.mark));
  }
}

}  // namespace

const Entry* Node::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

Entry* Node::find(std::string_view key) {
  return const_cast<Entry*>(static_cast<const Node*>(this)->find(key));
}

Json Node::to_json() const {
  if (is_scalar()) return scalar;
  if (is_list()) {
    Json list = Json::array();
    for (const Node& item : items) list.push_back(item.to_json());
    return list;
  }
  Json map = Json::object();
  for (const Entry& entry : entries) map[entry.key] = entry.value.to_json();
  return map;
}

std::string Node::describe() const {
  if (is_list()) return items.empty() ? "an empty list" : "a list";
  if (is_map()) return "a map";
  if (scalar.is_string()) return "'" + scalar.get<std::string>() + "'";
  return scalar.dump();
}

Node parse_document(std::string_view yaml, const std::string& name) {
  Node root = parse_yaml(yaml, name, true);
  if (root.is_null()) throw Error("the spec is empty", name);
  if (!root.is_map()) {
    throw Error("expected a map of keys, this is " + root.describe(), root.where);
  }
  root.where = name;
  return root;
}

void apply_override(Node& root, const std::string& text) {
  const std::string where = "--set " + text;
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error("an override is key=value or key.sub=value", where);
  }
  const std::vector<std::string> path = split(text.substr(0, equals), '.');
  if (path.size() > kMaxDepth) {
    throw Error("nested deeper than " + std::to_string(kMaxDepth) + " levels", where.substr(0, 80));
  }
  Node* node = &root;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string key(trim(path[i]));
    if (key.empty()) throw Error("an override is key=value or key.sub=value", where);
    if (node->is_null()) node->kind = Node::Kind::kMap;
    if (!node->is_map()) {
      throw Error("key '" + join(std::span(path).first(i), ".") + "' is " + node->describe() +
                      ", which has no key '" + key + "'",
                  where);
    }
    Entry* entry = node->find(key);
    if (entry == nullptr) {
      node->entries.push_back({key, where, Node()});
      entry = &node->entries.back();
    }
    if (i + 1 == path.size()) entry->where = where;
    node = &entry->value;
  }
  *node = parse_yaml(text.substr(equals + 1), where, false);
}

}  // namespace quantbench::spec

#include "quantbench/preprocess/tokenizer_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>

#include "quantbench/base/error.h"

namespace quantbench::preprocess {

namespace {

using Family = TokenizerConfig::Family;

constexpr std::array kBertClasses = {"BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer",
                                     "MobileBertTokenizer", "SqueezeBertTokenizer"};
constexpr std::array kBertModelTypes = {"bert",     "distilbert",  "electra",
                                        "convbert", "squeezebert", "mobilebert"};

/// In the order in which the reference adds tokens that a vocabulary lacks.
struct SpecialToken {
  const char* key;
  const char* bert;
  const char* roberta;
};
constexpr std::array<SpecialToken, 7> kSpecialTokens = {{{"bos_token", nullptr, "<s>"},
                                                         {"eos_token", nullptr, "</s>"},
                                                         {"unk_token", "[UNK]", "<unk>"},
                                                         {"sep_token", "[SEP]", "</s>"},
                                                         {"pad_token", "[PAD]", "<pad>"},
                                                         {"cls_token", "[CLS]", "<s>"},
                                                         {"mask_token", "[MASK]", "<mask>"}}};

Json read_optional(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return Json::object();
  Json json = read_json(path);
  if (!json.is_object()) throw Error("expected a JSON object", path.string());
  return json;
}

template <typename Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Family family_of_class(std::string_view name) {
  if (name.ends_with("Fast")) name.remove_suffix(4);
  if (contains(kBertClasses, name)) return Family::kBert;
  if (name == "RobertaTokenizer") return Family::kRoberta;
  return Family::kAsInFile;
}

Family family_of(const Json& tokenizer_config, const std::string& tokenizer_where,
                 const Json& model_config, const std::string& model_where, Family fallback) {
  auto name =
      value_or<std::string>(tokenizer_config, "tokenizer_class", std::string(), tokenizer_where);
  if (name.empty())
    name = value_or<std::string>(model_config, "tokenizer_class", std::string(), model_where);
  if (!name.empty()) return family_of_class(name);
  const auto type = value_or<std::string>(model_config, "model_type", std::string(), model_where);
  if (type.empty()) return fallback;
  if (contains(kBertModelTypes, type)) return Family::kBert;
  return type == "roberta" ? Family::kRoberta : Family::kAsInFile;
}

std::size_t read_max_length(const Json& config, const std::string& where) {
  const auto found = config.find("model_max_length");
  if (found == config.end() || found->is_null()) return 0;
  if (!found->is_number() || found->get<double>() < 0) {
    throw Error("key 'model_max_length' must be a positive number", where);
  }
  // `transformers` writes 1e30 for "no limit".
  return found->get<double>() >= 1e15 ? 0 : found->get<std::size_t>();
}

bool read_left(const Json& config, std::string_view key, const std::string& where) {
  const auto side = value_or<std::string>(config, key, std::string("right"), where);
  if (side != "left" && side != "right") {
    throw Error("key '" + std::string(key) + "' is '" + side + "'", where, "left or right");
  }
  return side == "left";
}

/// A token is a string, or an object with its matching rules.
Json read_token(const Json& value, std::string_view key, const std::string& where) {
  if (value.is_string()) return Json{{"content", value}};
  const std::string place = where + ": " + std::string(key);
  if (!value.is_object()) throw Error("expected a token (a string or an object)", place);
  Json token{{"content", require<std::string>(value, "content", place)}};
  for (const char* flag : {"single_word", "lstrip", "rstrip", "normalized"}) {
    token[flag] = value_or<bool>(value, flag, false, place);
  }
  return token;
}

void add_declared_tokens(const Json& config, const std::string& where, Json& added) {
  const auto decoder = config.find("added_tokens_decoder");
  if (decoder == config.end() || decoder->is_null()) return;
  const std::string place = where + ": added_tokens_decoder";
  if (!decoder->is_object()) throw Error("expected an object", place);
  std::map<std::uint32_t, Json> by_id;
  for (const auto& [id, value] : decoder->items()) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error != std::errc() || end != id.data() + id.size()) {
      throw Error("key '" + id + "' must be a token id", place);
    }
    Json token = read_token(value, id, place);
    if (value.is_object()) token["special"] = value_or<bool>(value, "special", false, place);
    by_id[number] = std::move(token);
  }
  for (auto& [id, token] : by_id) added.push_back(std::move(token));
}

void add_extra_tokens(const Json& config, const std::string& where, Json& added) {
  for (const char* key : {"extra_special_tokens", "additional_special_tokens"}) {
    const auto found = config.find(key);
    if (found == config.end() || !found->is_array()) continue;
    for (const Json& token : *found) added.push_back(read_token(token, key, where));
  }
}

}  // namespace

TokenizerConfig read_tokenizer_config(const std::filesystem::path& directory, Family fallback) {
  const std::string where = (directory / "tokenizer_config.json").string();
  const std::string map_where = (directory / "special_tokens_map.json").string();
  const std::string model_where = (directory / "config.json").string();
  const Json config = read_optional(where);
  const Json map = read_optional(map_where);
  const Json model = read_optional(model_where);

  TokenizerConfig out;
  out.family = family_of(config, where, model, model_where, fallback);
  out.model_max_length = read_max_length(config, where);
  const auto type_id = value_or<std::int64_t>(config, "pad_token_type_id", 0, where);
  if (type_id < 0 || type_id > 255) {
    throw Error("key 'pad_token_type_id' is " + std::to_string(type_id), where, "0 to 255");
  }
  out.pad_token_type_id = static_cast<std::uint32_t>(type_id);
  out.pad_left = read_left(config, "padding_side", where);
  out.truncate_left = read_left(config, "truncation_side", where);

  Json added = Json::array();
  add_declared_tokens(config, where, added);
  for (const SpecialToken& special : kSpecialTokens) {
    const char* standard = out.family == Family::kBert      ? special.bert
                           : out.family == Family::kRoberta ? special.roberta
                                                            : nullptr;
    Json token;
    if (const auto found = config.find(special.key); found != config.end()) {
      if (!found->is_null()) token = read_token(*found, special.key, where);
    } else if (const auto mapped = map.find(special.key); mapped != map.end()) {
      if (!mapped->is_null()) token = read_token(*mapped, special.key, map_where);
    } else if (standard != nullptr) {
      token = Json{{"content", standard}};
    }
    if (token.is_null()) continue;
    out.setup[special.key] = token["content"];
    if (std::string_view(special.key) == "pad_token") out.pad_token = token["content"];
    added.push_back(std::move(token));
  }
  add_extra_tokens(config, where, added);
  out.setup["added_tokens"] = std::move(added);

  if (out.family == Family::kBert) {
    const auto strip = config.find("strip_accents");
    const bool unset = strip == config.end() || strip->is_null();
    out.setup["bert"] = Json{
        {"do_lower_case", value_or<bool>(config, "do_lower_case", true, where)},
        {"tokenize_chinese_chars", value_or<bool>(config, "tokenize_chinese_chars", true, where)},
        {"strip_accents",
         unset ? Json(nullptr) : Json(require<bool>(config, "strip_accents", where))}};
  } else if (out.family == Family::kRoberta) {
    out.setup["roberta"] =
        Json{{"add_prefix_space", value_or<bool>(config, "add_prefix_space", false, where)},
             {"trim_offsets", value_or<bool>(config, "trim_offsets", true, where)}};
  }
  return out;
}

}  // namespace quantbench::preprocess

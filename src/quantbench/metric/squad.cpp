#include "quantbench/metric/squad.h"

#include <algorithm>
#include <clocale>
#include <cwctype>
#include <map>

#include "quantbench/base/error.h"
#include "quantbench/base/utf8.h"
#include "quantbench/metric/values.h"

namespace quantbench::metric {

namespace {

/// The character tables of the C library's UTF-8 locale. The scripts lower and split text of any
/// language.
locale_t unicode() {
  static const locale_t locale = [] {
    const locale_t found = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (found == nullptr) throw Error("the locale C.UTF-8 is not installed");
    return found;
  }();
  return locale;
}

char32_t lower(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  return static_cast<char32_t>(::towlower_l(static_cast<wint_t>(c), unicode()));
}

/// The characters at which Python's str.split() splits.
bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

/// string.punctuation.
bool is_punctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

/// Superscripts, fractions and enclosed numbers: part of \w in Python, but not in the C library.
/// The difference matters only beside a letter of an article.
bool is_other_number(char32_t c) {
  return c == 0xB2 || c == 0xB3 || c == 0xB9 || (c >= 0xBC && c <= 0xBE) ||
         (c >= 0x2070 && c <= 0x2089 && c != 0x2071 && !(c >= 0x207A && c <= 0x207F)) ||
         (c >= 0x2150 && c <= 0x215F) || (c >= 0x2460 && c <= 0x249B) ||
         (c >= 0x24EA && c <= 0x24FF) || (c >= 0x2776 && c <= 0x2793);
}

/// \w of Python's re. The underscore is punctuation and already removed here.
bool is_word(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
  return ::iswalnum_l(static_cast<wint_t>(c), unicode()) != 0 || is_other_number(c);
}

bool is_letter(char32_t c) { return ::iswalpha_l(static_cast<wint_t>(c), unicode()) != 0; }

/// str.lower(): letter by letter, except two letters whose lower case is not always one letter
/// (Unicode SpecialCasing): I with dot above, and sigma at the end of a word.
std::u32string lower(std::string_view text) {
  std::u32string letters;
  const std::size_t size = valid_utf8_prefix(text);
  for (std::size_t i = 0; i < size;) letters += next_code_point(text, i);
  std::u32string out;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const bool ends_word = i > 0 && is_letter(letters[i - 1]) &&
                           (i + 1 == letters.size() || !is_letter(letters[i + 1]));
    if (letters[i] == 0x130) {
      out += U"i\u0307";
    } else if (letters[i] == 0x3A3 && ends_word) {
      out += char32_t{0x3C2};
    } else {
      out += lower(letters[i]);
    }
  }
  return out;
}

bool is_article(std::u32string_view word) {
  return word == U"a" || word == U"an" || word == U"the";
}

/// re.sub(r"\b(a|an|the)\b", " ", text)
std::u32string without_articles(const std::u32string& text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_word(text[i])) {
      out += text[i++];
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::u32string_view word = std::u32string_view(text).substr(i, end - i);
    if (is_article(word)) {
      out += U' ';
    } else {
      out += word;
    }
    i = end;
  }
  return out;
}

std::vector<std::string> words(const std::string& normalized) {
  std::vector<std::string> out;
  std::size_t start = 0;
  while (start < normalized.size()) {
    const std::size_t end = std::min(normalized.find(' ', start), normalized.size());
    out.push_back(normalized.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

}  // namespace

std::string normalize_answer(std::string_view text) {
  std::u32string kept = lower(text);
  std::erase_if(kept, is_punctuation);
  std::string out;
  bool pending_space = false;
  for (const char32_t c : without_articles(kept)) {
    if (is_space(c)) {
      pending_space = !out.empty();
      continue;
    }
    if (pending_space) out += ' ';
    pending_space = false;
    append_utf8(out, c);
  }
  return out;
}

double exact_match(std::string_view prediction, std::string_view answer) {
  return normalize_answer(prediction) == normalize_answer(answer) ? 1.0 : 0.0;
}

double word_f1(std::string_view prediction, std::string_view answer, NoAnswer no_answer) {
  const auto predicted = words(normalize_answer(prediction));
  const auto expected = words(normalize_answer(answer));
  if (no_answer == NoAnswer::kCounts && (predicted.empty() || expected.empty())) {
    return predicted.empty() && expected.empty() ? 1.0 : 0.0;
  }
  std::map<std::string, long> available;
  for (const std::string& word : expected) ++available[word];
  double common = 0;
  for (const std::string& word : predicted) {
    const auto found = available.find(word);
    if (found == available.end() || found->second == 0) continue;
    --found->second;
    ++common;
  }
  if (common == 0) return 0.0;
  const double precision = common / static_cast<double>(predicted.size());
  const double recall = common / static_cast<double>(expected.size());
  return 2 * precision * recall / (precision + recall);
}

std::vector<SquadSample> squad_samples(const Input& input) {
  require_same_length(input);
  std::vector<SquadSample> samples;
  samples.reserve(input.references.size());
  for (std::size_t i = 0; i < input.references.size(); ++i) {
    const std::string where = "sample " + std::to_string(i + 1);
    const Json& prediction = input.predictions[i];
    const Json& reference = input.references[i];
    const auto id = require<std::string>(reference, "id", where);
    if (require<std::string>(prediction, "id", where) != id) {
      throw Error("prediction and reference have different ids", where);
    }
    SquadSample sample{require<std::string>(prediction, "prediction_text", where), {}};
    const auto answers = reference.find("answers");
    if (answers == reference.end() || !answers->is_object() || !answers->contains("text") ||
        !(*answers)["text"].is_array()) {
      throw Error("the reference needs 'answers': {\"text\": [...]}", where);
    }
    for (const Json& text : (*answers)["text"]) {
      if (!text.is_string()) throw Error("an answer must be text", where);
      sample.answers.push_back(text.get<std::string>());
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace quantbench::metric

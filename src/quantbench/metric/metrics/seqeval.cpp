#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/utf8.h"
#include "quantbench/metric/averaged_score.h"
#include "quantbench/metric/outcomes.h"
#include "quantbench/metric/values.h"

namespace quantbench::metric {

namespace {

/// The parts of a tag: "B-PER" is position 'B' in a chunk of type "PER". A tag without a type has
/// type "_".
struct Tag {
  char position = 'O';
  std::string_view type = "_";
};

/// seqeval takes the first character, whatever it is, and the text behind the first '-' after it:
/// "NOUN" is position 'N' in a chunk of type "OUN".
Tag take_apart(std::string_view text) {
  if (text.empty()) return {};
  std::size_t rest = 0;
  next_code_point(text, rest);
  Tag tag{text[0], text.substr(std::min(rest, text.size()))};
  const std::size_t dash = tag.type.find('-');
  if (dash != std::string_view::npos) tag.type.remove_prefix(dash + 1);
  if (tag.type.empty()) tag.type = "_";
  return tag;
}

bool outside(char position) { return position == 'O' || position == '.'; }

/// The rules of conlleval, which accept IOB1, IOB2 and IOBES: a chunk also begins at a change of
/// type, and at an I after an O.
bool ends(const Tag& before, const Tag& now) {
  switch (before.position) {
    case 'E':
    case 'S':
      return true;
    case 'B':
    case 'I':
      if (now.position == 'B' || now.position == 'S' || now.position == 'O') return true;
      break;
    default:
      break;
  }
  return !outside(before.position) && before.type != now.type;
}

bool begins(const Tag& before, const Tag& now) {
  if (now.position == 'B' || now.position == 'S') return true;
  const bool after_an_end =
      before.position == 'E' || before.position == 'S' || before.position == 'O';
  if (after_an_end && (now.position == 'E' || now.position == 'I')) return true;
  return !outside(now.position) && before.type != now.type;
}

/// Type, first and last token, counted over all sentences.
using Chunk = std::tuple<std::string_view, std::size_t, std::size_t>;

/// Finds the chunks of one sentence after the other. seqeval joins all sentences by a tag "O" and
/// reads them as one: a chunk that no tag begins (the tag "X" has the type of "O") has the start of
/// an earlier chunk, maybe in an earlier sentence.
class ChunkFinder {
 public:
  std::set<Chunk> chunks(const std::vector<std::string_view>& tags) {
    std::set<Chunk> found;
    for (const std::string_view tag : tags) step(take_apart(tag), found);
    step({}, found);
    return found;
  }

 private:
  void step(const Tag& now, std::set<Chunk>& found) {
    if (ends(before_, now)) found.emplace(before_.type, start_, at_ - 1);
    if (begins(before_, now)) start_ = at_;
    before_ = now;
    ++at_;
  }

  Tag before_{'O', ""};
  std::size_t start_ = 0;
  std::size_t at_ = 0;
};

/// The name of a tag, which is a name or an id among the labels; nullopt for any other value.
std::optional<std::string_view> name_of(const Json& tag, const std::vector<std::string>& labels) {
  if (tag.is_string()) return tag.get_ref<const std::string&>();
  if (!tag.is_number_integer()) return std::nullopt;
  const auto id = tag.get<std::int64_t>();
  if (id < 0 || id >= static_cast<std::int64_t>(labels.size())) return std::nullopt;
  return labels[static_cast<std::size_t>(id)];
}

[[noreturn]] void refuse_tags(std::size_t sample) {
  throw Error("sample " + std::to_string(sample + 1) + " must be a list of tags");
}

/// Names of a sample's tags. They live as long as `value` and `labels`.
std::vector<std::string_view> tags_of(const Json& value, const std::vector<std::string>& labels,
                                      std::size_t sample) {
  if (!value.is_array()) refuse_tags(sample);
  std::vector<std::string_view> tags;
  tags.reserve(value.size());
  for (const Json& tag : value) {
    const auto name = name_of(tag, labels);
    if (!name) refuse_tags(sample);
    tags.push_back(*name);
  }
  return tags;
}

/// Precision, recall and F1 over whole chunks of a type, and accuracy over tokens, as the package
/// seqeval defines them in its default mode (https://github.com/chakki-works/seqeval, after
/// conlleval of CoNLL-2000). Figures: overall_precision, overall_recall and overall_f1, each from
/// the summed counts of all types, and overall_accuracy.
class SeqEval : public Metric {
 public:
  std::map<std::string, double> compute(const Input& input) const override {
    std::map<std::string, double> figures;
    for (const auto& [figure, parts] : outcomes(input)) {
      figures[figure] = sum_of(parts).ratio();
    }
    return figures;
  }

  std::vector<Figure> figures() const override {
    return {{.name = "overall_precision", .is_share = true, .is_headline = false},
            {.name = "overall_recall", .is_share = true, .is_headline = false},
            {.name = "overall_f1", .is_share = true},
            {.name = "overall_accuracy", .is_share = true, .is_headline = false}};
  }

  /// A chunk counts for the sentence in which it ends.
  std::map<std::string, Outcomes> outcomes(const Input& input) const override {
    require_same_length(input);
    Outcomes of_precision;
    Outcomes of_recall;
    Outcomes of_f1;
    Outcomes of_accuracy;
    ChunkFinder of_predictions;
    ChunkFinder of_references;
    for (std::size_t i = 0; i < input.references.size(); ++i) {
      const auto predicted = tags_of(input.predictions[i], input.labels, i);
      const auto expected = tags_of(input.references[i], input.labels, i);
      if (predicted.size() != expected.size()) {
        throw Error("sample " + std::to_string(i + 1) + " has " + std::to_string(predicted.size()) +
                    " predicted tags for " + std::to_string(expected.size()));
      }
      const Counts counts =
          compare(of_predictions.chunks(predicted), of_references.chunks(expected));
      of_precision.push_back(precision(counts));
      of_recall.push_back(recall(counts));
      of_f1.push_back(f1(counts));
      of_accuracy.push_back(right_tokens(predicted, expected));
    }
    return {{"overall_precision", std::move(of_precision)},
            {"overall_recall", std::move(of_recall)},
            {"overall_f1", std::move(of_f1)},
            {"overall_accuracy", std::move(of_accuracy)}};
  }

 private:
  static Counts compare(const std::set<Chunk>& predicted, const std::set<Chunk>& expected) {
    Counts counts;
    for (const Chunk& chunk : predicted) {
      ++(expected.contains(chunk) ? counts.true_positives : counts.false_positives);
    }
    for (const Chunk& chunk : expected) {
      counts.false_negatives += predicted.contains(chunk) ? 0 : 1;
    }
    return counts;
  }

  static Part right_tokens(const std::vector<std::string_view>& predicted,
                           const std::vector<std::string_view>& expected) {
    Part part{0, static_cast<double>(expected.size())};
    for (std::size_t t = 0; t < expected.size(); ++t)
      part.numerator += predicted[t] == expected[t] ? 1 : 0;
    return part;
  }
};

}  // namespace

void register_seqeval(MetricRegistry& registry) {
  registry.add("seqeval", std::make_unique<SeqEval>());
}

}  // namespace quantbench::metric

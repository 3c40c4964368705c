#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/task/class_labels.h"
#include "quantbench/task/columns.h"
#include "quantbench/task/logits.h"
#include "quantbench/task/metric_choice.h"
#include "quantbench/task/text_features.h"

namespace quantbench::task {

namespace {

const Json& list_of(const dataset::Example& example, const std::string& column) {
  const auto found = example.find(column);
  if (found == example.end() || !found->is_array()) {
    throw Error("column '" + column + "' must hold a list");
  }
  return *found;
}

class TokenClassificationProcessor : public TextProcessor {
 public:
  TokenClassificationProcessor(const Task& task, const TaskContext& context,
                               const dataset::Split& split)
      : TextProcessor(task, context),
        classes_(context.labels.size()),
        words_(*data_column(context, "primary")),
        tags_(context.ref_keys[0]),
        labels_(context, data_class_names(split, tags_)) {
    for (std::size_t id = 0; id < classes_; ++id) {
      names_.push_back(labels_.name(static_cast<std::int64_t>(id)));
    }
    outside_ = static_cast<std::size_t>(std::ranges::find(names_, "O") - names_.begin());
    if (outside_ == classes_) names_.emplace_back("O");
    for_each_row(split, [&](const dataset::Example& row) {
      const std::size_t words = words_of(row).size();
      const std::size_t tags = reference(row).size();
      if (words != tags) {
        throw Error(std::to_string(words) + " words but " + std::to_string(tags) + " tags");
      }
    });
    if (labels_.took_ids_without_names()) {
      remarks_.push_back("column '" + tags_ +
                         "' holds ids without class names: they are taken for the model's ids, and "
                         "the figures are wrong if the data set counts its tags in another order "
                         "(name them in dataset_info.json or in the README's dataset_info)");
    }
  }

  std::vector<Features> features(const dataset::Example& example) const override {
    std::vector<Features> passes;
    const std::string text = join(words_of(example), " ");
    passes.push_back(features_of(tokenizer().encode(text, std::nullopt, options_)));
    return passes;
  }

  std::size_t cost(const dataset::Example& example) const override {
    std::size_t bytes = 0;
    for (const std::string& word : words_of(example)) bytes += word.size() + 1;
    return bytes;
  }

  Json prediction(const std::vector<std::vector<runtime::Tensor>>& outputs,
                  const std::vector<Features>& features,
                  const dataset::Example& example) const override {
    const auto values = logits(outputs.at(0), classes_, 3);
    const preprocess::Encoding& encoding = features.at(0).encoding;
    const std::vector<std::string> words = words_of(example);
    Json::array_t tags;
    tags.reserve(words.size());
    std::size_t word_start = 0;
    std::size_t token = 0;
    for (const std::string& word : words) {
      while (token < encoding.offsets.size() &&
             (encoding.sequence_ids[token] != 0 || encoding.offsets[token].first < word_start)) {
        ++token;
      }
      const bool found =
          token < encoding.offsets.size() && encoding.offsets[token].first == word_start;
      tags.emplace_back(found ? argmax(values.subspan(token * classes_, classes_)) : outside_);
      word_start += word.size() + 1;
    }
    return Json(std::move(tags));
  }

  std::vector<WantedOutput> outputs() const override {
    return {{"logits", {-1, -1, static_cast<std::int64_t>(classes_)}}};
  }

  Json reference(const dataset::Example& example) const override {
    const Json& given = list_of(example, tags_);
    Json::array_t tags;
    tags.reserve(given.size());
    for (const Json& tag : given) tags.emplace_back(labels_.id(tag));
    return Json(std::move(tags));
  }

  std::vector<std::string> tags() const override { return names_; }
  std::vector<std::string> remarks() const override { return remarks_; }

 private:
  std::vector<std::string> words_of(const dataset::Example& example) const {
    std::vector<std::string> words;
    for (const Json& word : list_of(example, words_)) {
      if (!word.is_string()) throw Error("a word in column '" + words_ + "' must be text");
      words.push_back(word.get<std::string>());
    }
    return words;
  }

  std::size_t classes_;
  std::string words_;
  std::string tags_;
  ClassLabels labels_;
  std::vector<std::string> names_;
  std::vector<std::string> remarks_;
  /// Id of a word without a token of its own: it exceeds the longest input, or the tokenizer drops
  /// its characters. For a model without the tag "O", this is one id more.
  std::size_t outside_;
};

/// Each word of a sentence has a tag. Words are joined by spaces and tokenized as one text. The
/// first token of a word decides its tag, as in the token-classification evaluator of `evaluate`.
/// seqeval compares tags by name. Metrics: seqeval (all four figures), or one of precision, recall,
/// f1, accuracy, with or without the prefix "overall_".
class TokenClassification : public TextTask {
 public:
  std::unique_ptr<Processor> prepare(const TaskContext& context,
                                     const dataset::Split& split) const override {
    check_columns(*this, context, split);
    return std::make_unique<TokenClassificationProcessor>(*this, context, split);
  }

  std::vector<std::string> heads() const override { return {"TokenClassification"}; }
  std::string summary() const override { return "a tag for each word"; }

  std::vector<std::string> required_data_keys() const override { return {"primary"}; }
  std::vector<std::string> optional_data_keys() const override { return {}; }
  std::vector<std::string> default_metrics() const override { return {"seqeval"}; }

  UsualColumns usual_columns() const override {
    const auto is_list = [](const Json& cell) { return cell.is_array(); };
    return {.data = {{"tokens"}, {"words"}, {"sentence"}, {"text"}},
            .label = {"ner_tags", "tags", "labels", "label", "ner", "ner_labels", "pos_tags",
                      "upos", "pos", "chunk_tags", "entities"},
            .can_be_data =
                [](const Json& cell) {
                  return cell.is_array() && !cell.empty() && cell.front().is_string();
                },
            .can_be_label = is_list};
  }

  Json possible_label(const TaskContext& context, const dataset::Example& example) const override {
    const Json& words = list_of(example, *data_column(context, "primary"));
    return Json::array_t(words.size(), 0);
  }

  MetricChoice metric(const std::string& name) const override {
    std::vector<MetricAlias> aliases = {{"seqeval", {"seqeval", ""}}};
    for (const std::string figure : {"precision", "recall", "f1", "accuracy"}) {
      aliases.push_back({figure, {"seqeval", "overall_" + figure}});
      aliases.push_back({"overall_" + figure, {"seqeval", "overall_" + figure}});
    }
    return choose_metric(aliases, name);
  }
};

}  // namespace

void register_token_classification(TaskRegistry& registry) {
  registry.add("token-classification", std::make_unique<TokenClassification>());
}

}  // namespace quantbench::task

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/task/class_labels.h"
#include "quantbench/task/columns.h"
#include "quantbench/task/logits.h"
#include "quantbench/task/text_features.h"

namespace quantbench::task {

namespace {

/// Meaning of the model's outputs.
enum class Head {
  kClasses,     ///< one logit per class: the largest wins
  kBinary,      ///< a single logit, of class 1: it wins above 0 (sigmoid above 0.5)
  kRegression,  ///< a single number
};

Head head_of(const TaskContext& context) {
  const std::string where = (context.model_directory / "config.json").string();
  const bool is_regression = value_or<bool>(context.task_args, "is_regression", false, "task_args");
  const auto problem = value_or<std::string>(context.config, "problem_type", "", where);
  if (is_regression) {
    if (context.labels.size() == 1) return Head::kRegression;
    throw Error("task_args.is_regression is true, but the model has " +
                    std::to_string(context.labels.size()) + " outputs",
                where, "a regression model has one");
  }
  if (problem == "regression") {
    throw Error("the model's problem_type is regression", where,
                "set task_args.is_regression to true");
  }
  if (context.labels.empty()) throw Error("the model has no labels", where);
  return context.labels.size() == 1 ? Head::kBinary : Head::kClasses;
}

/// A model with a single logit has two classes, but its config.json names one.
TaskContext with_two_classes(TaskContext context) {
  context.labels = {"LABEL_0", "LABEL_1"};
  context.config.erase("label2id");
  return context;
}

class TextClassificationProcessor : public TextProcessor {
 public:
  TextClassificationProcessor(const Task& task, const TaskContext& context,
                              const dataset::Split& split)
      : TextProcessor(task, context),
        head_(head_of(context)),
        outputs_(context.labels.size()),
        primary_(*data_column(context, "primary")),
        secondary_(data_column(context, "secondary")),
        reference_(context.ref_keys[0]),
        labels_(head_ == Head::kBinary ? with_two_classes(context) : context,
                data_class_names(split, reference_)) {
    for_each_row(split, [&](const dataset::Example& row) {
      cost(row);
      reference(row);
    });
  }

  std::vector<Features> features(const dataset::Example& example) const override {
    const std::string text = text_of(example, primary_);
    std::optional<std::string> pair;
    if (secondary_) pair = text_of(example, *secondary_);
    std::vector<Features> passes;
    passes.push_back(features_of(tokenizer().encode(text, pair, options_)));
    return passes;
  }

  std::size_t cost(const dataset::Example& example) const override {
    return text_of(example, primary_).size() +
           (secondary_ ? text_of(example, *secondary_).size() : 0);
  }

  Json prediction(const std::vector<std::vector<runtime::Tensor>>& outputs,
                  const std::vector<Features>&, const dataset::Example&) const override {
    const auto values = logits(outputs.at(0), outputs_, 2);
    switch (head_) {
      case Head::kRegression:
        return static_cast<double>(values[0]);
      case Head::kBinary:
        return values[0] > 0 ? 1 : 0;
      case Head::kClasses:
        break;
    }
    return argmax(values);
  }

  std::vector<WantedOutput> outputs() const override {
    return {{"logits", {-1, static_cast<std::int64_t>(outputs_)}}};
  }

  Json reference(const dataset::Example& example) const override {
    const auto found = example.find(reference_);
    if (found == example.end() || found->is_null()) {
      throw Error("no label in column '" + reference_ + "'");
    }
    if (head_ != Head::kRegression) return labels_.id(*found);
    if (!found->is_number()) {
      throw Error("column '" + reference_ + "' is " + to_line(*found) +
                  ", expected a number (task_args.is_regression is true)");
    }
    return found->get<double>();
  }

 private:
  Head head_;
  std::size_t outputs_;
  std::string primary_;
  std::optional<std::string> secondary_;
  std::string reference_;
  ClassLabels labels_;
};

/// A text, or a pair of texts (data key "secondary"), has one class; with task_args.is_regression,
/// one number. Texts are truncated to the tokenizer's model_max_length, the longer of a pair first,
/// like the transformers pipeline of `evaluate`.
class TextClassification : public TextTask {
 public:
  std::unique_ptr<Processor> prepare(const TaskContext& context,
                                     const dataset::Split& split) const override {
    check_columns(*this, context, split);
    return std::make_unique<TextClassificationProcessor>(*this, context, split);
  }

  std::vector<std::string> heads() const override { return {"SequenceClassification"}; }
  std::string summary() const override { return "a class, or a number, for each text"; }
  Parameters args() const override {
    return {{.name = "is_regression",
             .type = Parameter::Type::kBool,
             .fallback = false,
             .help = "One number instead of a class"}};
  }

  std::vector<std::string> required_data_keys() const override { return {"primary"}; }
  std::vector<std::string> optional_data_keys() const override { return {"secondary"}; }
  std::vector<std::string> default_metrics() const override { return {"accuracy"}; }

  /// The names of GLUE, of the sets that are used most on the Hub, and of XNLI and PAWS.
  UsualColumns usual_columns() const override {
    return {.data = {{"sentence1", "sentence2"},
                     {"premise", "hypothesis"},
                     {"question1", "question2"},
                     {"text1", "text2"},
                     {"text_a", "text_b"},
                     {"question", "sentence"},
                     {"question", "passage"},
                     {"sentence"},
                     {"text"},
                     {"content"},
                     {"review"},
                     {"review_body"},
                     {"comment_text"},
                     {"comment"},
                     {"tweet"},
                     {"utterance"},
                     {"message"},
                     {"body"},
                     {"document"},
                     {"title"}},
            .label = {"label", "labels", "target", "class", "category", "sentiment", "intent",
                      "emotion", "gold_label", "coarse_label", "fine_label", "label_id", "stars",
                      "rating", "score", "answer"},
            .can_be_data = [](const Json& cell) { return cell.is_string(); },
            .can_be_label = [](const Json& cell) { return !cell.is_structured(); }};
  }

  /// The correlation is the figure of the regression of GLUE (STS-B).
  Implied implied(const Json& config, const std::vector<Json>&) const override {
    const auto problem = config.is_object() ? config.find("problem_type") : config.end();
    if (problem == config.end() || *problem != "regression") return {};
    return {.task_args = {{"is_regression", true}}, .metric = "pearsonr"};
  }
};

}  // namespace

void register_text_classification(TaskRegistry& registry) {
  registry.add("text-classification", std::make_unique<TextClassification>());
}

}  // namespace quantbench::task

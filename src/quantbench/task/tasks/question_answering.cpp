#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/task/answer_span.h"
#include "quantbench/task/columns.h"
#include "quantbench/task/logits.h"
#include "quantbench/task/metric_choice.h"
#include "quantbench/task/text_features.h"

namespace quantbench::task {

namespace {

/// The column that identifies questions.
constexpr const char* kId = "id";

/// Keys of task_args, named like the arguments of transformers' pipeline.
struct Settings {
  std::int64_t max_seq_length = 384;
  std::int64_t doc_stride = 128;
  std::int64_t max_answer_len = 15;
  bool handle_impossible_answer = false;
  std::string padding = "do_not_pad";
};

Settings read_settings(const Json& task_args, std::size_t longest_input) {
  const std::string where = "task_args";
  Settings settings;
  settings.max_seq_length = value_or(task_args, "max_seq_length", settings.max_seq_length, where);
  if (longest_input != 0) {
    settings.max_seq_length =
        std::min(settings.max_seq_length, static_cast<std::int64_t>(longest_input));
  }
  const std::int64_t stride = std::min(settings.doc_stride, settings.max_seq_length / 2);
  settings.doc_stride = value_or(task_args, "doc_stride", stride, where);
  settings.max_answer_len = value_or(task_args, "max_answer_len", settings.max_answer_len, where);
  settings.handle_impossible_answer =
      value_or(task_args, "handle_impossible_answer", settings.handle_impossible_answer, where);
  settings.padding = value_or(task_args, "padding", settings.padding, where);
  if (settings.max_seq_length < 1) throw Error("max_seq_length must be at least 1", where);
  if (settings.max_answer_len < 1) throw Error("max_answer_len must be at least 1", where);
  if (settings.doc_stride < 0 || settings.doc_stride >= settings.max_seq_length) {
    throw Error("doc_stride is " + std::to_string(settings.doc_stride) +
                    ", expected at least 0 and less than max_seq_length, which is " +
                    std::to_string(settings.max_seq_length),
                where);
  }
  const std::vector<std::string> paddings = {"do_not_pad", "max_length"};
  if (std::find(paddings.begin(), paddings.end(), settings.padding) == paddings.end()) {
    throw Error("unknown padding '" + settings.padding + "'", where,
                suggest(settings.padding, paddings));
  }
  return settings;
}

class QuestionAnsweringProcessor : public TextProcessor {
 public:
  QuestionAnsweringProcessor(const Task& task, const TaskContext& context,
                             const dataset::Split& split)
      : TextProcessor(task, context),
        question_(*data_column(context, "question")),
        context_(*data_column(context, "context")),
        answers_(context.ref_keys[0]),
        settings_(read_settings(context.task_args, options_.max_length)) {
    options_.truncation = preprocess::TokenizerOptions::Truncation::kOnlySecond;
    options_.max_length = static_cast<std::size_t>(settings_.max_seq_length);
    options_.stride = static_cast<std::size_t>(settings_.doc_stride);
    options_.pad_to_max_length = settings_.padding == "max_length";
    for_each_row(split, [&](const dataset::Example& row) {
      cost(row);
      reference(row);
    });
  }

  std::vector<Features> features(const dataset::Example& example) const override {
    const std::string question = text_of(example, question_);
    const std::string context = text_of(example, context_);
    try {
      std::vector<Features> passes;
      for (auto& window : tokenizer().encode_windows(question, context, options_)) {
        passes.push_back(features_of(std::move(window)));
      }
      return passes;
    } catch (const Error& error) {
      throw UnusableSample(problem_of(question, error));
    }
  }

  bool needs_check() const override { return true; }
  void check(const dataset::Example& example) const override {
    const std::string question = text_of(example, question_);
    if (text_of(example, context_).size() < kLongContext) {
      if (leaves_room(most_tokens(question)) || leaves_room(tokens_of(question))) return;
    }
    features(example);
  }

  /// Without an answer, the question counts as unanswered, as in SQuAD's own script.
  std::optional<Json> prediction_if_unusable(const dataset::Example& example) const override {
    return Json{{"id", id_of(example)}, {"prediction_text", ""}};
  }

  std::size_t cost(const dataset::Example& example) const override {
    return text_of(example, question_).size() + text_of(example, context_).size();
  }

  Json prediction(const std::vector<std::vector<runtime::Tensor>>& outputs,
                  const std::vector<Features>& features,
                  const dataset::Example& example) const override {
    std::optional<AnswerSpan> best;
    std::size_t best_window = 0;
    double no_answer = 1;
    for (std::size_t i = 0; i < features.size(); ++i) {
      const std::size_t tokens = features[i].encoding.input_ids.size();
      const WindowAnswer answer = find_answer(
          token_logits(outputs.at(i), 0, tokens), token_logits(outputs.at(i), 1, tokens),
          features[i].encoding, static_cast<std::size_t>(settings_.max_answer_len));
      no_answer = std::min(no_answer, answer.no_answer);
      if (answer.best && (!best || answer.best->score > best->score)) {
        best = answer.best;
        best_window = i;
      }
    }
    std::string text;
    if (best && !(settings_.handle_impossible_answer && no_answer > best->score)) {
      const auto [begin, end] = answer_bytes(*best, features[best_window].encoding);
      text = text_of(example, context_).substr(begin, end - begin);
    }
    return {{"id", id_of(example)}, {"prediction_text", text}};
  }

  std::vector<WantedOutput> outputs() const override {
    return {{"start_logits", {-1, -1}}, {"end_logits", {-1, -1}}};
  }

  Json reference(const dataset::Example& example) const override {
    const auto found = example.find(answers_);
    Json answers = found == example.end() ? Json() : *found;
    if (answers.is_array()) answers = as_lists(answers);
    if (!answers.is_object() || !answers.contains("text") || !answers["text"].is_array()) {
      throw Error("column '" + answers_ + "' must hold answers {\"text\": [...]}");
    }
    if (answers["text"].empty() && !settings_.handle_impossible_answer) {
      throw Error("the question has no answer", {},
                  "set task_args.handle_impossible_answer to true and measure squad_v2");
    }
    return {{"id", id_of(example)}, {"answers", std::move(answers)}};
  }

 private:
  /// The number of windows of a shorter context is far from any bound.
  static constexpr std::size_t kLongContext = std::size_t{1} << 20;
  /// More than any tokenizer adds to a pair.
  static constexpr std::size_t kSpecialTokens = 8;

  /// Tokens of the text alone are not more, however it is tokenized: normalization makes 33 bytes
  /// of 3 (U+FDFA), and a token has at least one.
  static std::size_t most_tokens(const std::string& text) { return 11 * text.size(); }

  /// With the special tokens of a text alone.
  std::size_t tokens_of(const std::string& text) const {
    preprocess::TokenizerOptions whole;
    whole.truncation = preprocess::TokenizerOptions::Truncation::kNone;
    return tokenizer().encode(text, std::nullopt, whole).input_ids.size();
  }

  /// Whether a window has room for a question of this length and for more of the context than
  /// windows share. True only if it surely has.
  bool leaves_room(std::size_t tokens) const {
    return tokens + kSpecialTokens + options_.stride < options_.max_length;
  }

  /// Why a question cannot be read together with its context.
  std::string problem_of(const std::string& question, const Error& error) const {
    try {
      const std::size_t tokens = tokens_of(question);
      if (leaves_room(tokens)) return error.problem();
      return "the question has " + std::to_string(tokens) +
             " tokens, which leaves too few for the context in a window of " +
             std::to_string(options_.max_length) + " (max_seq_length) with doc_stride " +
             std::to_string(options_.stride);
    } catch (const Error&) {
      return error.problem();  // the question alone is too long for any tokenizer
    }
  }

  /// Converts [{"text", "answer_start"}, ...], the form of SQuAD's own files and some data sets, to
  /// lists as in `datasets`.
  static Json as_lists(const Json& answers) {
    Json lists = {{"text", Json::array()}, {"answer_start", Json::array()}};
    for (const Json& answer : answers) {
      if (!answer.is_object()) return {};
      for (const auto& [key, values] : lists.items()) {
        const auto value = answer.find(key);
        if (value != answer.end()) values.push_back(*value);
      }
      if (!answer.contains("text")) return {};
    }
    return lists;
  }

  static std::string id_of(const dataset::Example& example) {
    const auto found = example.find(kId);
    return found != example.end() && found->is_string() ? found->get<std::string>() : "";
  }

  std::string question_;
  std::string context_;
  std::string answers_;
  Settings settings_;
};

/// The answer to a question is a part of its context. A long context is read in windows of
/// max_seq_length tokens (question included) that overlap by doc_stride. The best span over all
/// windows wins, as in transformers' question-answering pipeline.
///
/// task_args: max_seq_length (384), doc_stride (128), max_answer_len (15; 30 in the reference's
/// runs), handle_impossible_answer (false; true for SQuAD v2), padding (do_not_pad; max_length in
/// the reference's runs). Metrics: squad, exact_match, f1; squad_v2 and its figures.
class QuestionAnswering : public TextTask {
 public:
  std::unique_ptr<Processor> prepare(const TaskContext& context,
                                     const dataset::Split& split) const override {
    check_columns(*this, context, split);
    return std::make_unique<QuestionAnsweringProcessor>(*this, context, split);
  }

  std::vector<std::string> heads() const override { return {"QuestionAnswering"}; }
  std::string summary() const override { return "the span of a context that answers a question"; }

  Parameters args() const override {
    using Type = Parameter::Type;
    return {{.name = "max_seq_length",
             .type = Type::kInteger,
             .fallback = 384,
             .minimum = 1,
             .maximum = 1e6,
             .help = "Tokens of a window, question included; `dataset.max_seq_length` is the same",
             .unit = "tokens"},
            {.name = "doc_stride",
             .type = Type::kInteger,
             .maximum = 1e6,
             .help = "Tokens by which windows overlap",
             .unit = "tokens",
             .fallback_help = "128, at most half a window"},
            {.name = "max_answer_len",
             .type = Type::kInteger,
             .fallback = 15,
             .reference_fallback = 30,
             .minimum = 1,
             .maximum = 1e6,
             .help = "Longest answer",
             .unit = "tokens"},
            {.name = "handle_impossible_answer",
             .type = Type::kBool,
             .fallback = false,
             .help = "A question may have no answer (SQuAD v2, metric `squad_v2`)"},
            {.name = "padding",
             .fallback = "do_not_pad",
             .reference_fallback = "max_length",
             .allowed = {"do_not_pad", "max_length"},
             .help = "What windows are padded to"}};
  }

  std::vector<std::string> required_data_keys() const override { return {"question", "context"}; }
  std::vector<std::string> optional_data_keys() const override { return {}; }
  std::vector<std::string> default_metrics() const override { return {"squad"}; }

  UsualColumns usual_columns() const override {
    return {.data = {{"question", "context"},
                     {"question", "passage"},
                     {"question", "paragraph"},
                     {"query", "context"}},
            .label = {"answers", "answer"},
            .can_be_data = [](const Json& cell) { return cell.is_string(); },
            .can_be_label = [](const Json& cell) { return cell.is_structured(); }};
  }

  /// A question without an answer is one of SQuAD v2.
  Implied implied(const Json&, const std::vector<Json>& labels) const override {
    const bool has_impossible = std::ranges::any_of(labels, [](const Json& answers) {
      const auto text = answers.is_object() ? answers.find("text") : answers.end();
      return answers.is_object() ? text != answers.end() && text->empty() : answers.empty();
    });
    if (!has_impossible) return {};
    return {.task_args = {{"handle_impossible_answer", true}}, .metric = "squad_v2"};
  }

  Json possible_label(const TaskContext&, const dataset::Example&) const override {
    return {{"text", Json::array({"none"})}, {"answer_start", Json::array({0})}};
  }

  Json as_label(const Json& prediction) const override {
    return {{"text", Json::array({prediction.at("prediction_text")})},
            {"answer_start", Json::array({0})}};
  }

  std::vector<std::string> columns(const TaskContext& context) const override {
    std::vector<std::string> columns = Task::columns(context);
    columns.emplace_back(kId);
    return columns;
  }

  MetricChoice metric(const std::string& name) const override {
    std::vector<MetricAlias> aliases = {{"squad", {"squad", ""}},
                                        {"exact_match", {"squad", "exact_match"}},
                                        {"f1", {"squad", "f1"}},
                                        {"squad_v2", {"squad_v2", ""}},
                                        {"exact", {"squad_v2", "exact"}}};
    for (const std::string figure : {"HasAns_exact", "HasAns_f1", "NoAns_exact", "NoAns_f1"}) {
      aliases.push_back({figure, {"squad_v2", figure}});
    }
    return choose_metric(aliases, name);
  }
};

}  // namespace

void register_question_answering(TaskRegistry& registry) {
  registry.add("question-answering", std::make_unique<QuestionAnswering>());
}

}  // namespace quantbench::task

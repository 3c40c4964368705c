#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/report/card/import/card_spec.h"
#include "quantbench/report/report.h"
#include "report/card_numbers.h"

namespace quantbench::report {
namespace {

using testing::HasSubstr;

std::vector<std::string> tokens(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> out;
  for (std::string word; stream >> word;) out.push_back(word);
  return out;
}

/// Through results.json, as `quantbench import` and `quantbench report` do.
std::string printed_again(const ImportedCard& card) {
  const std::string json = render(card.result, "json");
  return render(Document::from_json(parse_json(json, "results.json"), "results.json"), "card");
}

std::string refusal_of(const std::string& text) {
  try {
    import_card(text, "card.md");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

class ReferenceCard : public testing::TestWithParam<const char*> {};

TEST_P(ReferenceCard, comes_back_byte_for_byte) {
  const std::string card = reference_card(GetParam());
  EXPECT_EQ(printed_again(import_card(card, "card.md")), card);
}

INSTANTIATE_TEST_SUITE_P(Cards, ReferenceCard, testing::Values("000", "001", "003", "004"));

TEST(Import, of_card_002_whose_line_breaks_are_lost_comes_back_token_for_token) {
  const std::string card = reference_card("002");
  const ImportedCard imported = import_card(card, "card.md");
  const std::string again = printed_again(imported);
  EXPECT_EQ(tokens(again), tokens(card));
  EXPECT_EQ(imported.result.rows.size(), 8u);
  EXPECT_EQ(imported.result.rows[0].timings.size(), 9u);
  EXPECT_EQ(imported.result.rows[7].timings[8].latency_mean, 406.54);
  EXPECT_EQ(imported.result.rows[7].original_evaluation.at("f1"), 87.232);
  // With its line breaks it is a card like 001, and comes back byte for byte.
  EXPECT_EQ(printed_again(import_card(again, "card.md")), again);
  EXPECT_EQ(split(again, '\n')[11], "**task**: `question-answering`  ");
}

TEST(Import, of_every_card_with_its_line_breaks_lost_gives_back_the_card) {
  for (const char* number : {"000", "001", "003", "004"}) {
    const std::string card = reference_card(number);
    const ImportedCard imported = import_card(join(tokens(card), " "), "card.md");
    EXPECT_EQ(render(imported.result, "card"), card) << number;
  }
}

TEST(Import, gives_the_numbers_of_the_card) {
  const store::RunResult result = import_card(reference_card("000"), "card.md").result;
  ASSERT_EQ(result.rows.size(), 6u);
  EXPECT_EQ(result.rows[1].evaluation.at("accuracy"), 0.898);
  EXPECT_EQ(result.rows[1].timings[0].latency_mean, 64.31);
  EXPECT_EQ(result.rows[1].timings[0].throughput, 15.60);
  EXPECT_EQ(result.rows[1].timings[0].nb_forwards, 234) << "15.60 times 15 seconds";
  EXPECT_TRUE(result.rows[1].quantized);
  EXPECT_FALSE(result.rows[0].quantized);
  EXPECT_FALSE(result.rows[5].quantized);
  EXPECT_EQ(result.model_type, "distilbert");
  EXPECT_EQ(result.rows[0].parameters["framework_args"]["intra_op_num_threads"], 4);
  EXPECT_TRUE(result.rows[0].parameters["per_channel"].is_null());
}

TEST(Import, gives_a_spec_with_the_grid_of_the_card) {
  for (const auto& [number, example] : {std::pair{"000", "000-sst2-distilbert.yaml"},
                                        std::pair{"001", "001-conll2003-distilbert.yaml"},
                                        std::pair{"002", "002-squad-distilbert.yaml"},
                                        std::pair{"003", "003-squad-distilbert-combined.yaml"},
                                        std::pair{"004", "004-beans-vit.yaml"}}) {
    const ImportedCard imported = import_card(reference_card(number), "card.md");
    const spec::Spec spec = spec::parse(imported.spec_yaml, "spec.yaml");
    const spec::Spec written = spec::load(kExamples / example);
    EXPECT_EQ(spec.fixed.dump(), written.fixed.dump()) << number;
    EXPECT_EQ(spec.benchmarked.dump(), written.benchmarked.dump()) << number;
    EXPECT_EQ(spec.metrics, written.metrics) << number;
    EXPECT_EQ(spec.batch_sizes, written.batch_sizes) << number;
    EXPECT_EQ(spec.layout, written.layout) << number;
    EXPECT_EQ(spec.cells.size(),
              imported.result.rows.size() + (spec.layout == "configuration_rows" ? 0 : 1))
        << number;
  }
}

TEST(Import, names_the_metrics_that_give_the_figures_of_a_card) {
  const auto metrics = [](const std::vector<std::string>& figures, const std::string& task) {
    return metrics_of_figures(figures, task);
  };
  EXPECT_EQ(metrics({"precision", "recall", "f1", "accuracy"}, "token-classification"),
            Json({"seqeval"}));
  EXPECT_EQ(metrics({"overall_f1", "total_time_in_seconds"}, "token-classification"),
            Json({"seqeval"}));
  EXPECT_EQ(metrics({"f1"}, "token-classification"), Json({"f1"}));
  EXPECT_EQ(metrics({"exact_match", "f1"}, "question-answering"), Json({"squad"}));
  EXPECT_EQ(metrics({"exact", "f1", "HasAns_f1"}, "question-answering"), Json({"squad_v2"}));
  EXPECT_EQ(metrics({"accuracy", "f1"}, "text-classification"), Json({"accuracy", "f1"}));
  EXPECT_EQ(metrics({"overall_f1", "rougeL"}, "summarization"), Json({"seqeval", "rougeL"}));
}

TEST(Import, keeps_what_a_card_has_otherwise_than_its_layout) {
  const std::string card = reference_card("000");
  std::string crlf;
  for (const char c : card) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  for (const std::string& other :
       {crlf, card + "\n\n", card.substr(0, card.size() - 2),
        replaced(card, "tags:\n", "license: apache-2.0\ntags:\n- onnx\n"),
        replaced(card, "**Backend:** `sagemaker-training`  \n", ""),
        replaced(card, "[{'path': 'glue',", "[{'name': 'x', 'path': 'glue',").erase(0, 0),
        replaced(card, "* **node_exclusion**: `[]`",
                 "* **framework_args**:\n    * **opset**: `13`"),
        replaced(card, "15 seconds", "0.5 seconds"), replaced(card, "All dataset", "872")}) {
    const std::string refusal = refusal_of(other);
    if (other.find("'name': 'x'") != std::string::npos) {
      EXPECT_THAT(refusal, HasSubstr("card.md:20: ")) << "a key twice in a literal";
      continue;
    }
    ASSERT_EQ(refusal, "accepted") << other;
    EXPECT_EQ(printed_again(import_card(other, "card.md")), other);
  }
}

TEST(Import, keeps_the_remarks_of_our_own_cards) {
  store::RunResult run = import_card(reference_card("000"), "card.md").result;
  run.rows[3].warnings = {"a warning"};
  const std::string card = render(run, "card");
  ASSERT_THAT(card, HasSubstr("# Remarks\n"));
  EXPECT_EQ(printed_again(import_card(card, "card.md")), card);
}

TEST(Import, says_at_which_line_a_card_cannot_be_parsed_and_why) {
  const std::string card = reference_card("000");
  const auto refusal = [&](const std::string& from, const std::string& to) {
    return refusal_of(replaced(card, from, to));
  };
  EXPECT_EQ(refusal_of(""), "card.md:1: the card ends, expected '---'");
  EXPECT_EQ(refusal_of("# Hello\n"), "card.md:1: expected '---', found '# Hello'");
  EXPECT_EQ(refusal("pipeline_tag: text", "pipeline_tag: [text"),
            "card.md:3: not valid YAML: end of sequence flow not found");
  EXPECT_EQ(refusal("**task**: `text-classification`", "**task**: text-classification"),
            "card.md:14: expected '**name**: `value`' or 'Fixed parameters:', found '**task**: "
            "text-classification'");
  EXPECT_EQ(refusal("Fixed parameters:", "Parameters:"),
            "card.md:19: expected '**name**: `value`' or 'Fixed parameters:', found 'Parameters:'");
  EXPECT_EQ(refusal("* **from_transformers**: `True`", "* from_transformers: `True`"),
            "card.md:22: expected 'Benchmarked parameters:', found '* from_transformers: `True`'");
  EXPECT_EQ(refusal("[{'path': 'glue',", "[{'path': glue,").substr(0, 58),
            "card.md:20: expected a value in backticks or a Python lite");
  EXPECT_EQ(refusal("`False`,  `True`", "False, True"),
            "card.md:29: expected values in backticks: `a`,  `b`, found '* **per_channel**: False, "
            "True'");
  EXPECT_EQ(refusal("* **apply_quantization**: `True`,  `False`\n", ""),
            "card.md:34: the table's parameters are framework, operators_to_quantize, per_channel, "
            "framework_args, apply_quantization, the benchmarked ones framework, "
            "operators_to_quantize, per_channel, framework_args");
  EXPECT_EQ(refusal("|  0.898   |", "|  0.898   |  1.000   |"),
            "card.md:38: a row of 8 cells below a header of 7");
  EXPECT_EQ(refusal("|  0.898   |", "|  0,898   |"),
            "card.md:38: column 'accuracy': '0,898' is not a figure");
  EXPECT_EQ(refusal("|  0.898   |", "|  0.8980  |"),
            "card.md:38: column 'accuracy' has 4 digits after the point here and 3 elsewhere");
  EXPECT_EQ(
      refusal("|  0.898   |", "| 0.898    |"),
      "card.md:38: not the form of a card: expected '| `onnxruntime` |  `['Add', 'MatMul']`  |  "
      " `False`   | `{'opset': 13, 'optimization_level': 1, 'intra_op_num_threads': 4}` |      "
      " `True`       |  \\|  |  0.898   |', found '| `onnxruntime` |  `['Add', 'MatMul']`  |   "
      "`False`   | `{'opset': 13, 'optimization_level': 1, 'intra_op_num_threads': 4}` |       "
      "`True`       |  \\|  | 0.898    |'");
  EXPECT_EQ(refusal("per config.", "a config."),
            "card.md:45: expected 'Time benchmarks were run for ... seconds per config.', found "
            "'Time benchmarks were run for 15 seconds a config.'");
  EXPECT_EQ(refusal("batch size = 1,", "batch size = one,"),
            "card.md:48: expected 'Below, time metrics for batch size = ..., input length = ....', "
            "found 'Below, time metrics for batch size = one, input length = 224.'");
  EXPECT_EQ(refusal_of(card.substr(0, card.find("## Time"))),
            "card.md:43: the card ends, expected '## Time metrics'");
  EXPECT_EQ(refusal_of(card + "That is all.\n"),
            "card.md:59: expected 'Below, time metrics for batch size = ..., input length = ....', "
            "found 'That is all.'");
  EXPECT_EQ(refusal_of("---\na: \xff\n"), "card.md:2: not UTF-8 text");
  const std::string lost = reference_card("002");
  EXPECT_EQ(refusal_of(replaced(lost, "| 82.300 ", "")),
            "card.md:1: a table lost its line breaks, and they cannot be restored");
}

// Every byte of a card changed: the result is an error or the changed card itself.
TEST(Import, survives_every_mutilation_of_a_card) {
  for (const char* number : {"000", "002", "003"}) {
    const std::string card = reference_card(number);
    std::mt19937 random(7);
    for (std::size_t i = 0; i < 700; ++i) {
      std::string text = card;
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = "\0|`*-:[{'\n #\xff"[random() % 13];
          break;
        case 1:
          text.erase(at, 1 + random() % 40);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 60));
      }
      try {
        const ImportedCard imported = import_card(text, "card.md");
        EXPECT_EQ(tokens(render(imported.result, "card")), tokens(text));
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::StartsWith("card.md:"));
      }
    }
  }
}

/// Random runs of every shape that a card can have.
class RandomRun {
 public:
  explicit RandomRun(unsigned seed) : random_(seed) {}

  store::RunResult run() {
    store::RunResult result;
    const bool july = below(2) == 1;
    const std::string layout = !july           ? "configuration_rows"
                               : below(2) == 1 ? "combined"
                                               : "original_optimized_columns";
    result.spec = {
        {"task", pick({"text-classification", "summarization", "x y"})},
        {"dataset", {{"path", pick({"glue", "my data: set", "d/\xC3\xA9"})}}},
        {"layout", layout},
        {"time_benchmark_args", {{"duration", pick_json({Json(15), Json(0.25), Json(1e-05)})}}},
        {"max_eval_samples", below(2) == 1 ? Json(below(5000)) : Json()},
        {"backend", pick({"local", "slurm"})},
        {"backend_args", below(2) == 1 ? value(2) : Json::object()}};
    if (result.spec["backend_args"].is_string()) result.spec["backend_args"] = nullptr;
    if (below(4) != 0) result.model_type = "bert";
    for (std::size_t i = below(6); i > 0; --i) result.fixed[name("fixed", i)] = value(2);
    if (below(3) != 0) result.fixed["dataset"] = result.spec["dataset"];
    for (std::size_t i = below(5); i > 0; --i) {
      Json values = Json::array();
      for (std::size_t k = 1 + below(3); k > 0; --k) values.push_back(value(2));
      result.benchmarked[name("key", i)] = values;
    }
    std::vector<std::string> figures;
    for (std::size_t i = 1 + below(4); i > 0; --i) {
      figures.push_back(pick({"f", "overall_f", "accuracy_"}) + std::to_string(i));
    }
    const std::size_t shapes = below(6) == 0 ? 40 : 1 + below(3);
    const std::size_t rows = below(40) == 0 ? 100 : 1 + below(8);
    for (std::size_t r = rows; r > 0; --r) {
      store::Row row;
      for (const auto& [key, values] : result.benchmarked.items()) {
        row.parameters[key] = below(5) == 0 ? Json() : values[below(values.size())];
      }
      row.quantized = july || below(2) == 1;
      fill(row.evaluation, row.timings, figures, shapes);
      if (july) fill(row.original_evaluation, row.original_timings, figures, shapes);
      result.rows.push_back(std::move(row));
    }
    return result;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  Json pick_json(const std::vector<Json>& from) { return from[below(from.size())]; }
  std::string pick(std::initializer_list<const char*> from) {
    return *(from.begin() + below(from.size()));
  }

  std::string name(const std::string& start, std::size_t index) {
    return start + "_" + std::to_string(index);
  }

  double number() {
    switch (below(12)) {
      case 0:
        return std::numeric_limits<double>::quiet_NaN();
      case 1:
        return -1e-9;
      case 2:
        return 1e22;
      default:
        return static_cast<double>(random_()) / 1e7;
    }
  }

  void fill(std::map<std::string, double>& evaluation, std::vector<measure::Timing>& timings,
            const std::vector<std::string>& figures, std::size_t shapes) {
    for (const std::string& figure : figures) {
      // The first is always present: a July layout without any original is refused.
      if (figure == figures.front() || below(10) != 0) evaluation[figure] = number();
    }
    for (std::size_t s = 0; s < shapes; ++s) {
      if (s > 0 && below(10) == 0) continue;
      measure::Timing timing;
      timing.batch_size = static_cast<std::int64_t>(1 + s / 4);
      timing.input_length = static_cast<std::int64_t>(32 * (1 + s % 4));
      timing.latency_mean = number();
      timing.throughput = number();
      timings.push_back(timing);
    }
  }

  Json value(int depth) {
    switch (below(depth > 0 ? 9 : 7)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 1;
      case 2:
        return static_cast<std::int64_t>(random_()) - 2000000000;
      case 3:
        return static_cast<double>(random_()) / 1e9;
      case 4:
        return pick({"None", "13", "True", "a|b", "a\\|b", "it's", "", " x ", "\xE2\x82\xAC",
                     "a, b", "line\nbreak", "`", "[1,2]", "'quoted'", "{", "--", ":-:"});
      case 5:
        return pick_json({Json(1e-05), Json(1e16), Json(0.1), Json(-0.0)});
      case 6:
        return pick({"static", "int8", "models/bert-base"});
      case 7: {
        Json list = Json::array();
        for (std::size_t i = below(4); i > 0; --i) list.push_back(value(depth - 1));
        return list;
      }
      default: {
        Json map = Json::object();
        for (std::size_t i = below(4); i > 0; --i) map[name("sub", i)] = value(depth - 1);
        return map;
      }
    }
  }

  std::mt19937 random_;
};

TEST(Import, brings_back_random_cards_byte_for_byte) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    const store::RunResult run = RandomRun(seed).run();
    const std::string card = render(run, "card", Remarks::kNone);
    try {
      const ImportedCard imported = import_card(card, "card.md");
      ASSERT_EQ(printed_again(imported), card) << "seed " << seed;
      ASSERT_EQ(imported.result.benchmarked.size(), run.benchmarked.size());
    } catch (const Error& error) {
      FAIL() << "seed " << seed << ": " << error.what() << "\n" << card;
    }
  }
}

}  // namespace
}  // namespace quantbench::report

#include "quantbench/spec/spec.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "quantbench/spec/schema.h"

namespace quantbench::spec {
namespace {

const std::filesystem::path kData = QUANTBENCH_TEST_DATA;
const std::filesystem::path kExamples = kData.parent_path().parent_path() / "examples";

const std::string kMinimal = R"(task: text-classification
name_or_path: models/sst2
dataset: {path: data/sst2, eval_split: validation, data_keys: {primary: sentence}, ref_keys: [label]}
)";

std::string shown(const Json& value) {
  return "`" + (value.is_string() ? value.get<std::string>() : python_repr(value)) + "`";
}

/// Parameter cells of the rows in a card's first table, read from the card's text without the
/// library.
std::set<std::vector<std::string>> rows_of_card(const std::string& card, std::size_t columns) {
  std::set<std::vector<std::string>> rows;
  for (const std::string& line : split(card, '\n')) {
    if (line.starts_with("## Time")) break;
    if (!line.starts_with("| `") && !line.starts_with("|  ")) continue;
    std::vector<std::string> cells = split(line, '|');
    std::vector<std::string> row;
    for (std::size_t i = 1; i <= columns; ++i) row.emplace_back(trim(cells[i]));
    if (row[0].starts_with("`")) rows.insert(row);
  }
  return rows;
}

std::set<std::vector<std::string>> rows_of_spec(const Spec& spec) {
  std::set<std::vector<std::string>> rows;
  for (const Cell& cell : spec.cells) {
    std::vector<std::string> row;
    for (const auto& [key, value] : cell.parameters.items()) row.push_back(shown(value));
    rows.insert(row);
  }
  return rows;
}

std::string card(const std::string& name) { return read_text(kData / "cards" / name); }

TEST(Grid, of_the_spec_of_card_000_has_its_6_rows) {
  const Spec spec = load(kExamples / "000-sst2-distilbert.yaml");
  EXPECT_EQ(spec.cells.size(), 6u);
  EXPECT_EQ(rows_of_spec(spec), rows_of_card(card("000_43a37d0915b28517.txt"), 5));
}

TEST(Grid, of_the_spec_of_card_004_has_its_18_rows) {
  const Spec spec = load(kExamples / "004-beans-vit.yaml");
  EXPECT_EQ(spec.cells.size(), 18u);
  EXPECT_EQ(rows_of_spec(spec), rows_of_card(card("004_f21a0d5771f7d783.txt"), 7));
}

TEST(Grid, of_the_specs_of_july_has_the_cards_rows_after_an_original) {
  for (const auto& [example, name] :
       {std::pair{"001-conll2003-distilbert.yaml", "001_93d413787d096579.txt"},
        std::pair{"003-squad-distilbert-combined.yaml", "003_0b4ad60a9af4421d.txt"}}) {
    Spec spec = load(kExamples / example);
    ASSERT_EQ(spec.cells.size(), 5u);
    EXPECT_EQ(spec.cells[0].framework, "pytorch");
    EXPECT_FALSE(spec.cells[0].apply_quantization);
    EXPECT_TRUE(spec.cells[0].parameters["quantization_approach"].is_null());
    spec.cells.erase(spec.cells.begin());
    EXPECT_EQ(rows_of_spec(spec), rows_of_card(card(name), 2)) << example;
  }
  EXPECT_EQ(load(kExamples / "002-squad-distilbert.yaml").cells.size(), 9u);
}

TEST(Grid, of_july_compares_with_onnxruntime_unless_the_reference_protocol_is_asked_for) {
  const Spec spec = load(kExamples / "001-conll2003-distilbert.yaml", {"protocol=default"});
  EXPECT_EQ(spec.cells[0].framework, "onnxruntime");
  EXPECT_FALSE(spec.cells[0].apply_quantization);
}

TEST(Grid, gives_a_framework_its_own_arguments_with_their_defaults_and_no_others) {
  const std::string both = kMinimal + "framework: [onnxruntime, openvino]\nper_channel: true\n";
  const Spec fixed = parse(both + "framework_args: {opset: 13, optimization_level: 1}\n", "s");
  ASSERT_EQ(fixed.cells.size(), 2u);
  EXPECT_EQ(fixed.cells[0].framework_args.own, Json::object());
  EXPECT_EQ(fixed.cells[0].framework_args.optimization_level, 1);
  EXPECT_EQ(fixed.cells[1].framework_args.own, Json({{"inference_precision", "f32"}}));
  EXPECT_EQ(fixed.cells[1].framework_args.optimization_level, kAllOptimizations);
  EXPECT_EQ(fixed.cells[1].framework_args.opset, 13);
  EXPECT_FALSE(fixed.fixed["framework_args"].contains("inference_precision"));

  const Spec several = parse(both +
                                 "framework_args: [{opset: 13}, {opset: 13, inference_precision: "
                                 "f32}, {opset: 13, inference_precision: bf16}]\n",
                             "s");
  ASSERT_EQ(several.cells.size(), 3u) << "onnxruntime once, openvino in two precisions";
  EXPECT_FALSE(several.cells[0].parameters["framework_args"].contains("inference_precision"));
  EXPECT_EQ(several.cells[1].parameters["framework_args"]["inference_precision"], "f32");
  EXPECT_EQ(several.cells[2].framework_args.own, Json({{"inference_precision", "bf16"}}));
}

TEST(Grid, goes_through_the_first_benchmarked_key_slowest) {
  const Spec spec =
      parse(kMinimal + "reduce_range: [false, true]\nper_channel: [false, true]\n", "s");
  ASSERT_EQ(spec.cells.size(), 4u);
  EXPECT_EQ(spec.cells[1].parameters.dump(), R"({"reduce_range":false,"per_channel":true})");
  EXPECT_EQ(spec.cells[2].parameters.dump(), R"({"reduce_range":true,"per_channel":false})");
}

TEST(Grid, gives_calibration_to_static_cells_only) {
  const Spec spec = parse(kMinimal +
                              "quantization_approach: [dynamic, static]\n"
                              "calibration: [{num_calibration_samples: 5}, "
                              "{method: entropy, num_calibration_samples: 5}]\n",
                          "s", {"dataset.calibration_split=train"});
  ASSERT_EQ(spec.cells.size(), 3u);
  EXPECT_FALSE(spec.cells[0].calibration.has_value());
  EXPECT_EQ(spec.cells[1].calibration->value("method", "minmax"), "minmax");
  EXPECT_EQ(spec.cells[2].calibration->at("method"), "entropy");
  EXPECT_TRUE(spec.cells[0].parameters["calibration"].is_null());
}

TEST(Grid, leaves_empty_framework_args_to_pytorch_only_when_others_are_listed) {
  const Spec both =
      parse(kMinimal + "framework: [onnxruntime, pytorch]\nframework_args: [{}]\n", "s");
  ASSERT_EQ(both.cells.size(), 2u);
  EXPECT_EQ(both.cells[0].framework_args.opset, 11);
  const Spec alone = parse(kMinimal + "framework_args: [{opset: 11}, {}]\n", "s");
  EXPECT_EQ(alone.cells.size(), 2u) << "without pytorch, {} is the defaults";
}

TEST(Grid, gives_pytorch_the_threads_of_framework_args_and_nothing_else_of_them) {
  const std::string both = kMinimal + "framework: [onnxruntime, pytorch]\n";
  const Spec fixed = parse(both + "framework_args: {opset: 13, intra_op_num_threads: 2}\n", "s");
  ASSERT_EQ(fixed.cells.size(), 2u);
  for (const Cell& cell : fixed.cells) EXPECT_EQ(cell.framework_args.intra_op_num_threads, 2);

  const Spec several = parse(both +
                                 "framework_args: [{opset: 11, intra_op_num_threads: 1},"
                                 "{opset: 13, intra_op_num_threads: 1}, {opset: 13, "
                                 "intra_op_num_threads: 3}]\n",
                             "s");
  ASSERT_EQ(several.cells.size(), 5u);
  EXPECT_EQ(several.cells[3].framework, "pytorch");
  EXPECT_EQ(several.cells[3].parameters["framework_args"], Json({{"intra_op_num_threads", 1}}));
  EXPECT_EQ(several.cells[4].framework_args.intra_op_num_threads, 3);

  // As in the cards of 2022.
  const Spec card =
      parse(both + "framework_args: [{opset: 13, intra_op_num_threads: 4}, {}]\n", "s");
  ASSERT_EQ(card.cells.size(), 2u);
  EXPECT_EQ(card.cells[0].framework_args.intra_op_num_threads, 4);
  EXPECT_EQ(card.cells[1].framework, "pytorch");
  EXPECT_EQ(card.cells[1].parameters["framework_args"], Json::object());
  EXPECT_FALSE(card.cells[1].framework_args.intra_op_num_threads.has_value());
}

TEST(Spec, has_a_price_for_each_kind_of_machine_or_one_for_any) {
  EXPECT_EQ(parse(kMinimal, "s").price_per_hour, Json::object());
  EXPECT_FALSE(parse(kMinimal, "s").to_json().contains("price_per_hour"));
  const Spec one = parse(kMinimal, "s", {"price_per_hour=0.461"});
  EXPECT_EQ(one.price_per_hour, (Json{{"any", 0.461}}));
  EXPECT_EQ(parse(one.resolved_yaml(), "s").price_per_hour, one.price_per_hour);
  EXPECT_TRUE(one.fixed == parse(kMinimal, "s").fixed) << "the card does not list it";
  const Json prices = {{"ml.m5.2xlarge", 0.461}, {"any", 1}};
  const Spec several = parse(kMinimal + "price_per_hour: {ml.m5.2xlarge: 0.461, any: 1}\n", "s");
  EXPECT_EQ(several.price_per_hour, prices);
  EXPECT_EQ(parse(several.resolved_yaml(), "s").price_per_hour, prices);
  for (const std::string wrong : {"0", "-1", "much", "{a: 0}", "{a: b}", "null", "[1]"}) {
    EXPECT_THROW(parse(kMinimal, "s", {"price_per_hour=" + wrong}), Error) << wrong;
  }
}

TEST(Spec, quantizes_every_default_kind_and_under_the_reference_protocol_add_and_matmul) {
  EXPECT_EQ(parse(kMinimal, "s").cells.at(0).operators_to_quantize, std::nullopt);
  EXPECT_EQ(parse(kMinimal, "s", {"protocol=reference"}).cells.at(0).operators_to_quantize,
            (std::vector<std::string>{"Add", "MatMul"}));
}

TEST(Spec, applies_the_optimization_level_except_under_the_reference_protocol) {
  const std::string given = kMinimal + "framework_args: [{optimization_level: 1}, {opset: 13}]\n";
  const auto levels = [&](const std::vector<std::string>& overrides) {
    std::vector<std::pair<int, std::optional<int>>> out;
    for (const Cell& cell : parse(given, "s", overrides).cells) {
      out.emplace_back(cell.framework_args.optimization_level,
                       cell.framework_args.unapplied_optimization_level);
    }
    return out;
  };
  using Levels = std::vector<std::pair<int, std::optional<int>>>;
  EXPECT_EQ(levels({}), (Levels{{1, std::nullopt}, {99, std::nullopt}}));
  EXPECT_EQ(levels({"protocol=reference"}), (Levels{{99, 1}, {99, std::nullopt}}));
  // The card lists what the spec says, as the tool of the cards did.
  EXPECT_EQ(parse(given, "s", {"protocol=reference"})
                .cells[0]
                .parameters["framework_args"]["optimization_level"],
            1);
}

TEST(Spec, has_the_defaults_of_the_reference_and_measures_what_people_deploy) {
  const Spec spec = parse(kMinimal, "s");
  ASSERT_EQ(spec.cells.size(), 1u);
  const Cell& cell = spec.cells[0];
  EXPECT_EQ(cell.framework, "onnxruntime");
  EXPECT_EQ(cell.framework_args.opset, 11);
  EXPECT_EQ(cell.framework_args.optimization_level, 99);
  EXPECT_FALSE(cell.framework_args.intra_op_num_threads.has_value());
  EXPECT_EQ(cell.quantization_approach, "dynamic");
  EXPECT_EQ(cell.node_exclusion, std::vector<std::string>{});
  EXPECT_EQ(cell.per_channel, false);
  EXPECT_EQ(cell.reduce_range, false);
  EXPECT_EQ(spec.batch_sizes, (std::vector<std::int64_t>{4, 8}));
  EXPECT_EQ(spec.input_lengths, std::vector<std::int64_t>{128});
  EXPECT_EQ(spec.duration_s, 30);
  EXPECT_EQ(spec.warmup_runs, 10);
  EXPECT_EQ(spec.eval_batch_size, 1u);
  EXPECT_FALSE(spec.max_eval_samples.has_value());
  EXPECT_EQ(spec.backend, "local");
  EXPECT_EQ(spec.protocol, Protocol::kDefault);
}

TEST(Spec, takes_numbers_of_concurrent_streams_and_a_word_for_all_cores) {
  EXPECT_TRUE(parse(kMinimal, "s").streams.empty());
  EXPECT_FALSE(parse(kMinimal, "s").to_json().contains("streams"));
  EXPECT_EQ(parse(kMinimal, "s").resolved_yaml().find("streams"), std::string::npos);
  const Spec spec = parse(kMinimal, "s", {"streams=[1, 2, cores]"});
  EXPECT_EQ(spec.streams, (std::vector<std::int64_t>{1, 2, kStreamPerCore}));
  EXPECT_EQ(spec.to_json().at("streams").dump(), R"([1,2,"cores"])");
  EXPECT_EQ(parse(spec.resolved_yaml(), "resolved").streams, spec.streams);
  EXPECT_EQ(parse(kMinimal, "s", {"streams=cores"}).streams,
            std::vector<std::int64_t>{kStreamPerCore});
  EXPECT_EQ(parse(kMinimal, "s", {"streams=3"}).streams, std::vector<std::int64_t>{3});
  EXPECT_TRUE(parse(kMinimal, "s", {"streams=[]"}).streams.empty());
}

TEST(Spec, counts_numbers_of_streams_among_the_timings) {
  const auto up_to = [](int last) {
    std::string list = "[1";
    for (int i = 2; i <= last; ++i) list += "," + std::to_string(i);
    return list + "]";
  };
  const auto refusal = [&](const std::string& streams) -> std::string {
    try {
      parse(kMinimal, "s",
            {"batch_sizes=" + up_to(250), "input_lengths=" + up_to(400), "streams=" + streams});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal("[]"), "");
  EXPECT_NE(refusal("[1]").find("1 cells are timed at 100000 input shapes and 1 numbers of streams "
                                "each, more than 100000 timings"),
            std::string::npos)
      << refusal("[1]");
}

const std::string kSquad = R"(task: question-answering
name_or_path: models/squad
dataset: {path: data/squad, eval_split: validation, data_keys: {question: question, context: context}, ref_keys: [answers]}
)";

TEST(Spec, gives_question_answering_its_settings) {
  EXPECT_EQ(parse(kSquad, "s").task_args.dump(),
            R"({"max_seq_length":384,"max_answer_len":15,"handle_impossible_answer":false,)"
            R"("padding":"do_not_pad"})");
  EXPECT_EQ(parse(kSquad, "s", {"protocol=reference"}).task_args.dump(),
            R"({"max_seq_length":384,"max_answer_len":30,"handle_impossible_answer":false,)"
            R"("padding":"max_length"})");
  const Spec given = parse(kSquad, "s",
                           {"task_args={max_answer_len: 20, handle_impossible_answer: true, "
                            "padding: do_not_pad, doc_stride: 64}",
                            "dataset.max_seq_length=128", "protocol=reference"});
  EXPECT_EQ(given.task_args.dump(), R"({"max_seq_length":128,"doc_stride":64,"max_answer_len":20,)"
                                    R"("handle_impossible_answer":true,"padding":"do_not_pad"})");
  EXPECT_EQ(parse(given.resolved_yaml(), "resolved").task_args, given.task_args);
}

TEST(Spec, gives_a_task_its_own_settings_only) {
  EXPECT_EQ(parse(kMinimal, "s").task_args.dump(), R"({"is_regression":false})");
  const Spec tokens = parse(kMinimal, "s", {"task=token-classification"});
  EXPECT_EQ(tokens.task_args, Json::object());
}

TEST(Spec, keeps_fixed_and_benchmarked_parameters_as_the_cards_list_them) {
  const Spec spec = load(kExamples / "000-sst2-distilbert.yaml");
  EXPECT_EQ(
      python_repr(spec.fixed),
      "{'dataset': {'path': 'glue', 'eval_split': 'validation', 'data_keys': {'primary': "
      "'sentence'}, 'ref_keys': ['label'], 'name': 'sst2', 'calibration_split': None}, "
      "'name_or_path': 'distilbert-base-uncased-finetuned-sst-2-english', 'from_transformers': "
      "True, 'quantization_approach': 'dynamic', 'node_exclusion': []}");
  EXPECT_EQ(python_repr(spec.benchmarked),
            "{'framework': ['onnxruntime', 'pytorch'], 'operators_to_quantize': [['Add', "
            "'MatMul'], ['Add']], 'per_channel': [False, True], 'framework_args': [{'opset': 13, "
            "'optimization_level': 1, 'intra_op_num_threads': 4}, {}], 'apply_quantization': "
            "[True, False]}");
  EXPECT_EQ(spec.layout, "configuration_rows");
  EXPECT_EQ(load(kExamples / "001-conll2003-distilbert.yaml").layout, "original_optimized_columns");
  EXPECT_EQ(load(kExamples / "003-squad-distilbert-combined.yaml").layout, "combined");
}

TEST(Spec, reads_back_from_its_resolved_form) {
  for (const auto& file : std::filesystem::directory_iterator(kExamples)) {
    const Spec spec = load(file.path());
    const std::string yaml = spec.resolved_yaml();
    const Spec again = parse(yaml, "resolved.yaml");
    EXPECT_EQ(again.to_json(), spec.to_json()) << yaml;
    EXPECT_EQ(again.fixed.dump(), spec.fixed.dump()) << yaml;
    EXPECT_EQ(again.benchmarked.dump(), spec.benchmarked.dump()) << yaml;
    ASSERT_EQ(again.cells.size(), spec.cells.size()) << yaml;
    for (std::size_t i = 0; i < spec.cells.size(); ++i) {
      EXPECT_EQ(again.cells[i].parameters.dump(), spec.cells[i].parameters.dump());
    }
    EXPECT_EQ(again.resolved_yaml(), yaml);
  }
}

TEST(Spec, takes_overrides_before_checking) {
  const Spec spec = parse(kMinimal, "s",
                          {"per_channel=[true, false]", "dataset.name=sst2",
                           "framework_args.opset=13", "batch_sizes=[1,2]"});
  EXPECT_EQ(spec.cells.size(), 2u);
  EXPECT_EQ(spec.dataset.name, "sst2");
  EXPECT_EQ(spec.cells[0].framework_args.opset, 13);
  EXPECT_EQ(spec.batch_sizes, (std::vector<std::int64_t>{1, 2}));
}

TEST(Spec, follows_anchors_and_merge_keys) {
  const Spec spec = parse(kMinimal +
                              "framework_args:\n  - &base {opset: 13, optimization_level: 1}\n"
                              "  - {<<: *base, opset: 14}\n",
                          "s");
  ASSERT_EQ(spec.cells.size(), 2u);
  EXPECT_EQ(spec.cells[1].framework_args.opset, 14);
  EXPECT_EQ(spec.cells[1].framework_args.optimization_level, 1);
}

TEST(Spec, takes_pythons_literals_as_the_cards_write_them) {
  const Spec spec = parse(kMinimal + "per_channel: True\nmax_eval_samples: None\n", "s");
  EXPECT_EQ(spec.cells[0].per_channel, true);
  EXPECT_FALSE(spec.max_eval_samples.has_value());
}

TEST(Spec, takes_a_name_for_what_it_is_when_quoted) {
  std::string text = kMinimal;
  text.replace(text.find("models/sst2"), 11, "'13'");
  EXPECT_EQ(parse(text, "s").name_or_path, "13");
}

TEST(Spec, refuses_names_that_no_plug_in_brings) {
  const auto refusal = [&](const std::string& more) -> std::string {
    try {
      parse(kMinimal + more, "s");
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refusal("operators_to_quantize: [[Matmul]]\n"),
            "s:4: key 'operators_to_quantize': unknown name 'Matmul' (did you mean 'MatMul'?)");
  EXPECT_EQ(refusal("metrics: [acuracy]\n"),
            "s:4: key 'metrics': unknown name 'acuracy' (did you mean 'accuracy'?)");
  EXPECT_EQ(refusal("node_exclusion: [gleu]\n"),
            "s:4: key 'node_exclusion': unknown name 'gleu' (did you mean 'gelu'?)");
  EXPECT_EQ(refusal("node_exclusion: [gelu, MatMul_12, '*/attention/*']\n"), "accepted");
}

TEST(Spec, finds_relative_paths_beside_the_spec_even_where_the_working_directory_has_the_same) {
  const TemporaryDirectory directory;
  const auto here = std::filesystem::current_path();
  std::filesystem::create_directories(directory.path() / "elsewhere/data/sst2");
  std::filesystem::create_directories(directory.path() / "data/sst2");
  write_text(directory.path() / "spec.yaml", kMinimal);
  std::filesystem::current_path(directory.path() / "elsewhere");
  const Spec spec = load("../spec.yaml");
  std::filesystem::current_path(here);
  EXPECT_EQ(spec.dataset.path, "../data/sst2");
}

TEST(Spec, finds_relative_paths_of_overrides_in_the_working_directory_first) {
  const TemporaryDirectory directory;
  const auto here = std::filesystem::current_path();
  std::filesystem::create_directories(directory.path() / "elsewhere/data/sst2");
  std::filesystem::create_directories(directory.path() / "data/sst2");
  std::filesystem::create_directories(directory.path() / "models/sst2");
  write_text(directory.path() / "spec.yaml", kMinimal);
  std::filesystem::current_path(directory.path() / "elsewhere");
  const Spec spec = load("../spec.yaml", {"dataset.path=data/sst2", "name_or_path=models/sst2"});
  const Spec whole = load(
      "../spec.yaml", {"dataset={path: ., eval_split: v, data_keys: {primary: a}, ref_keys: [b]}"});
  std::filesystem::current_path(here);
  EXPECT_EQ(spec.dataset.path, "data/sst2");
  EXPECT_EQ(spec.name_or_path, "../models/sst2") << "only beside the spec";
  EXPECT_EQ(whole.dataset.path, ".");
}

TEST(Spec, finds_relative_paths_beside_the_spec_or_leaves_them_to_the_working_directory) {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory.path() / "data/sst2");
  write_text(directory.path() / "spec.yaml", kMinimal);
  const Spec spec = load(directory.path() / "spec.yaml");
  EXPECT_EQ(spec.dataset.path, (directory.path() / "data/sst2").string());
  EXPECT_EQ(spec.name_or_path, "models/sst2") << "not there: left as it is";
  EXPECT_EQ(spec.fixed["dataset"]["path"], "data/sst2") << "the card shows what was written";
}

TEST(Spec, revisions_are_those_of_the_hub_and_are_listed_when_they_are_given) {
  const std::string example = (kExamples / "000-sst2-distilbert.yaml").string();
  EXPECT_FALSE(load(example).revision.has_value());
  EXPECT_FALSE(load(example).fixed.contains("revision"));
  const Spec spec = load(example, {"revision=v1.0", "dataset.revision=refs/convert/parquet"});
  EXPECT_EQ(spec.revision, "v1.0");
  EXPECT_EQ(spec.dataset.revision, "refs/convert/parquet");
  EXPECT_EQ(spec.fixed.at("revision"), "v1.0");
  EXPECT_EQ(spec.fixed.at("dataset").at("revision"), "refs/convert/parquet");
}

TEST(Spec, names_the_file_that_cannot_be_read) { EXPECT_THROW(load("no/such/spec.yaml"), Error); }

TEST(Documentation, names_every_key_of_a_spec) {
  const std::string text = read_text(kExamples.parent_path() / "docs/spec.md");
  for (const Key& key : spec_keys()) {
    EXPECT_NE(text.find(key.name), std::string::npos) << key.name;
    for (const Key& inner : key.keys) {
      EXPECT_NE(text.find(inner.name), std::string::npos) << key.name << "." << inner.name;
    }
  }
}

// Untrusted specs: every prefix of a good spec, and every byte of it changed.
TEST(Spec, survives_every_mutilation_of_its_text) {
  const std::string good = read_text(kExamples / "000-sst2-distilbert.yaml").substr(560);
  const auto attempt = [](const std::string& text) {
    try {
      parse(text, "s");
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("s"), std::string::npos);
    }
  };
  for (std::size_t length = 0; length < good.size(); length += 3) attempt(good.substr(0, length));
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'\0', '[', '{', ':', '-', '&', '*', '!', '\n', '"', '%', '\xff'}) {
      std::string text = good;
      text[i] = c;
      attempt(text);
    }
  }
}

TEST(Spec, refuses_pathological_yaml_at_once) {
  for (const std::string& unit :
       {std::string("["), std::string("{"), std::string("- "), std::string("? "), std::string("!"),
        std::string("&a "), std::string("a: {"), std::string("*a "), std::string("\n  ")}) {
    std::string text;
    while (text.size() < 200000) text += unit;
    EXPECT_THROW(parse(text, "s"), Error) << unit;
  }
  EXPECT_THROW(parse(std::string(300000, 'a'), "s"), Error);
}

}  // namespace
}  // namespace quantbench::spec

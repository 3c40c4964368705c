#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/card/import/card_parser.h"
#include "quantbench/report/card/import/card_spec.h"
#include "quantbench/report/registry.h"
#include "quantbench/report/report.h"
#include "quantbench/runtime/session.h"

namespace quantbench::report {

namespace {

/// Whether a framework runs checkpoints as they are: its rows are originals.
bool runs_originals(const std::string& framework) {
  const runtime::Runtime* runtime = runtime::runtimes().find(framework);
  return runtime != nullptr && runtime->model_form() == runtime::ModelForm::kCheckpoint &&
         !runtime->quantizes();
}

bool ends_with_any(const std::vector<std::string>& headers, std::string_view ending) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const std::string& header) { return header.ends_with(ending); });
}

/// What a header of a table means.
struct Column {
  std::string name;  ///< "accuracy", "latency_mean"
  bool original = false;
  double measure::Timing::*time = nullptr;  ///< of a time column
};

/// Turns a parsed card into a run.
class Importer {
 public:
  Importer(const ParsedCard& card, const std::string& name) : card_(card), name_(name) {}

  Document import() {
    find_layout();
    set_spec();
    make_rows();
    if (card_.figures) read_figures(*card_.figures);
    for (const ParsedCard::Block& block : card_.blocks) read_block(block);
    result_.style = style_;
    return std::move(result_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what, std::size_t line) const {
    throw Error(what, name_ + ":" + std::to_string(line));
  }

  const CardTable& first_table() const {
    return card_.figures ? *card_.figures : card_.blocks.front().table;
  }

  void find_layout() {
    const std::vector<std::string>& headers = first_table().figures;
    bool pairs = ends_with_any(headers, " (original)") || ends_with_any(headers, ", ms)");
    if (headers.empty() && !card_.blocks.empty()) {
      pairs = ends_with_any(card_.blocks.front().table.figures, ", ms)");
    }
    for (const std::string& name : card_layouts()) {
      form_ = card_form(name);
      if (form_.combined != card_.combined || form_.compares != (pairs || card_.combined)) continue;
      style_.layout = name;
      return;
    }
    refuse("no layout has tables like these", first_table().line);
  }

  void set_spec() {
    const bool older = card_.fixed.contains("model_name_or_path");
    const std::string model_key = older ? "model_name_or_path" : "name_or_path";
    Json& spec = result_.spec;
    spec["task"] = card_.task;
    spec["model_key"] = model_key;
    spec["name_or_path"] = card_.fixed.value(model_key, Json());
    spec["dataset"] = card_.fixed.value("dataset", Json());
    if (!spec["dataset"].is_object()) spec["dataset"] = Json::object();
    if (!spec["dataset"].value("path", Json()).is_string()) spec["dataset"]["path"] = "";
    spec["metrics"] = metrics_of_figures(card_.metrics, card_.task);
    spec["batch_sizes"] = Json::array();
    spec["input_lengths"] = Json::array();
    const auto add_once = [](Json& list, std::int64_t value) {
      if (std::find(list.begin(), list.end(), Json(value)) == list.end()) list.push_back(value);
    };
    for (const ParsedCard::Block& block : card_.blocks) {
      add_once(spec["batch_sizes"], block.batch_size);
      add_once(spec["input_lengths"], block.input_length);
    }
    if (card_.duration) spec["time_benchmark_args"] = {{"duration", *card_.duration}};
    spec["max_eval_samples"] = card_.samples.value_or(Json());
    spec["layout"] = style_.layout;
    if (card_.backend) spec["backend"] = *card_.backend;
    if (card_.backend_args) spec["backend_args"] = *card_.backend_args;
    result_.fixed = card_.fixed;
    result_.benchmarked = card_.benchmarked;
    result_.figures = card_.metrics;
    if (!card_.tags.empty()) result_.model_type = card_.tags.front();
    if (card_.samples && card_.samples->is_number_integer()) {
      result_.evaluation_samples = static_cast<std::size_t>(card_.samples->get<std::int64_t>());
    }
    style_.remarks = card_.remarks;
  }

  bool is_quantized(const store::Row& row) const {
    if (form_.compares) return true;
    const auto value = [&](const char* key) {
      if (row.parameters.contains(key)) return row.parameters[key];
      return card_.fixed.value(key, Json());
    };
    if (const Json framework = value("framework");
        framework.is_string() && runs_originals(framework.get<std::string>()))
      return false;
    const Json applied = value("apply_quantization");
    const bool listed =
        row.parameters.contains("apply_quantization") || card_.fixed.contains("apply_quantization");
    return listed ? applied == true : true;
  }

  void make_rows() {
    for (const CardTable::Row& line : first_table().rows) {
      store::Row row;
      for (std::size_t i = 0; i < line.parameters.size(); ++i) {
        row.parameters[first_table().parameters[i]] = line.parameters[i];
      }
      row.quantized = is_quantized(row);
      result_.rows.push_back(std::move(row));
    }
  }

  /// Every table has the listed parameters and the rows of the first table.
  void check(const CardTable& table) const {
    std::vector<std::string> listed;
    for (const auto& [key, values] : card_.benchmarked.items()) listed.push_back(key);
    if (table.parameters != listed) {
      refuse("the table's parameters are " + join(table.parameters, ", ") +
                 ", the benchmarked ones " + join(listed, ", "),
             table.line);
    }
    const std::vector<CardTable::Row>& rows = first_table().rows;
    if (table.rows.size() != rows.size()) {
      refuse("a table of " + std::to_string(table.rows.size()) + " rows, the first has " +
                 std::to_string(rows.size()),
             table.line);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (table.rows[i].parameters != rows[i].parameters) {
        refuse("row " + std::to_string(i + 1) + " has other parameters than in the first table",
               table.rows[i].line);
      }
    }
  }

  /// "latency_mean (original, ms)", "throughput (/s)", "f1 (optimized)", "f1"
  Column column_of(const std::string& header, const CardTable& table) const {
    const bool pairs = form_.compares;
    for (const auto& [name, unit, member] :
         {std::tuple{"latency_mean", "ms", &measure::Timing::latency_mean},
          std::tuple{"throughput", "/s", &measure::Timing::throughput}}) {
      const std::string start = std::string(name) + " (";
      const std::string end = std::string(unit) + ")";
      if (!pairs && header == start + end) return {name, false, member};
      if (pairs && header == start + "original, " + end) return {name, true, member};
      if (pairs && header == start + "optimized, " + end) return {name, false, member};
    }
    if (!pairs) return {header, false, nullptr};
    for (const std::string ending : {" (original)", " (optimized)"}) {
      if (!header.ends_with(ending)) continue;
      return {header.substr(0, header.size() - ending.size()), ending == " (original)", nullptr};
    }
    refuse("column '" + header + "' is neither (original) nor (optimized)", table.line);
  }

  /// All figures of a column have as many digits, which the column keeps when they are not the
  /// usual ones.
  void keep_decimals(const Column& column, const CardTable& table, std::size_t index) {
    const int usual = column.time != nullptr ? 2 : 3;
    for (const CardTable::Row& row : table.rows) {
      const int digits = row.decimals[index];
      if (digits < 0) continue;
      const auto [known, is_new] = digits_.emplace(column.name, digits);
      if (known->second != digits) {
        refuse("column '" + column.name + "' has " + std::to_string(digits) +
                   " digits after the point here and " + std::to_string(known->second) +
                   " elsewhere",
               row.line);
      }
      if (digits != usual) style_.decimals[column.name] = digits;
    }
  }

  void read_figures(const CardTable& table) {
    check(table);
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < table.figures.size(); ++i) {
      const Column column = column_of(table.figures[i], table);
      if (column.time != nullptr) {
        refuse("a time among the non-time metrics: '" + table.figures[i] + "'", table.line);
      }
      add_figure(column, table, i, shown);
    }
    keep_shown(shown);
  }

  void add_figure(const Column& column, const CardTable& table, std::size_t index,
                  std::vector<std::string>& shown) {
    if (std::find(shown.begin(), shown.end(), column.name) == shown.end()) {
      shown.push_back(column.name);
    }
    keep_decimals(column, table, index);
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      const std::optional<double>& value = table.rows[r].figures[index];
      if (!value) continue;
      store::Row& row = result_.rows[r];
      (column.original ? row.original_evaluation : row.evaluation)[column.name] = *value;
    }
  }

  void keep_shown(const std::vector<std::string>& shown) {
    const Generation generation = form_.compares ? Generation::kJuly : Generation::kSeptember;
    if (table_figures(result_, generation) != shown) style_.table_figures = shown;
  }

  void read_block(const ParsedCard::Block& block) {
    check(block.table);
    std::vector<measure::Timing> timings(block.table.rows.size(), empty_timing(block));
    std::vector<measure::Timing> originals = timings;
    std::vector<bool> timed(timings.size());
    std::vector<bool> original_timed(timings.size());
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < block.table.figures.size(); ++i) {
      const Column column = column_of(block.table.figures[i], block.table);
      if (column.time == nullptr) {
        if (!card_.combined) {
          refuse("unknown time '" + block.table.figures[i] + "'", block.table.line);
        }
        add_figure(column, block.table, i, shown);
        continue;
      }
      keep_decimals(column, block.table, i);
      for (std::size_t r = 0; r < timings.size(); ++r) {
        const std::optional<double>& value = block.table.rows[r].figures[i];
        if (!value) continue;
        (column.original ? originals : timings)[r].*column.time = *value;
        (column.original ? original_timed : timed)[r] = true;
      }
    }
    for (std::size_t r = 0; r < timings.size(); ++r) {
      if (timed[r]) result_.rows[r].timings.push_back(counted(timings[r]));
      if (original_timed[r]) result_.rows[r].original_timings.push_back(counted(originals[r]));
    }
    if (card_.combined) keep_shown(shown);
  }

  static measure::Timing empty_timing(const ParsedCard::Block& block) {
    constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
    measure::Timing timing;
    timing.batch_size = block.batch_size;
    timing.input_length = block.input_length;
    for (double measure::Timing::*member :
         {&measure::Timing::throughput, &measure::Timing::latency_mean,
          &measure::Timing::latency_std, &measure::Timing::latency_50, &measure::Timing::latency_90,
          &measure::Timing::latency_95, &measure::Timing::latency_99,
          &measure::Timing::latency_999}) {
      timing.*member = kUnknown;
    }
    return timing;
  }

  /// throughput is nb_forwards / duration rounded to 2 digits, so up to 50 seconds it gives the
  /// count back exactly.
  measure::Timing counted(measure::Timing timing) const {
    const double duration = card_.duration ? card_.duration->get<double>() : 0;
    if (duration > 0 && duration <= 50 && timing.throughput >= 0 && timing.throughput < 1e12) {
      timing.nb_forwards = std::llround(timing.throughput * duration);
    }
    return timing;
  }

  const ParsedCard& card_;
  const std::string& name_;
  CardStyle style_;
  CardForm form_;
  std::map<std::string, int> digits_;
  Document result_;
};

std::vector<std::string> tokens(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> out;
  for (std::string word; stream >> word;) out.push_back(word);
  return out;
}

std::vector<std::string> lines_of(std::string_view text) { return split(text, '\n'); }

/// Lines of `text` with trailing spaces cut when line breaks, and so they, were lost.
std::vector<std::string> comparable(std::vector<std::string> lines, bool flattened) {
  if (!flattened) return lines;
  for (std::string& line : lines) line = std::string(trim(line));
  return lines;
}

/// Compares what the layout would write with what the card has, part by part, and keeps the
/// differences.
void keep_differences(Document& result, const ParsedCard& card, const CardText& text,
                      std::string_view original) {
  CardStyle style = result.style;
  const CardForm form = card_form(style.layout);
  const bool rows = !form.compares;
  const Generation generation = rows ? Generation::kSeptember : Generation::kJuly;

  std::vector<std::string> front = lines_of(front_matter(result, generation));
  front = {front.begin() + 1, front.end() - 3};
  if (front != card.front_matter) style.front_matter = card.front_matter;

  std::vector<std::string> head = lines_of(heading(result, !form.combined));
  head.resize(head.size() - 2);
  if (comparable(head, text.flattened) != comparable(card.heading, text.flattened)) {
    style.heading = card.heading;
  }

  for (const auto& [key, value] : card.fixed.items()) {
    std::string usual = value.is_object() && !value.empty() ? "bullets" : "inline";
    if (key == "dataset" && rows) usual = "bare";
    if (card.forms.at(key) != usual) style.forms[key] = card.forms.at(key);
  }

  const std::size_t usual_gap = form.combined ? 1 : 2;
  if (!text.flattened && card.blocks.size() > 1 && card.blocks[1].gap != usual_gap) {
    style.gap = static_cast<int>(std::min<std::size_t>(card.blocks[1].gap, 1000));
  }
  style.crlf = text.crlf;

  std::vector<analysis::Shape> listed;
  for (const ParsedCard::Block& block : card.blocks) {
    listed.push_back({block.batch_size, block.input_length});
  }
  if (shapes(result) != listed) style.shapes = listed;

  std::vector<const store::Row*> given;
  for (const store::Row& row : result.rows) given.push_back(&row);
  style.rows_as_given = card_rows(result, false) != given;
  result.style = style;

  if (text.flattened || !style.remarks.empty()) return;
  const auto breaks = [](std::string_view card_text) {
    std::size_t count = 0;
    for (; !card_text.empty() && (card_text.back() == '\n' || card_text.back() == '\r');
         card_text.remove_suffix(1)) {
      count += card_text.back() == '\n' ? 1 : 0;
    }
    return count;
  };
  const std::size_t wanted = breaks(original);
  if (wanted != breaks(render(result, "card"))) {
    style.final_newlines = static_cast<int>(std::min<std::size_t>(wanted, 1000));
    result.style = style;
  }
}

/// The promise of import_card, checked on every card.
void check_round_trip(const Document& result, const CardText& text, std::string_view original,
                      const std::string& name) {
  const std::string again = render(result, "card");
  if (again == original || (text.flattened && tokens(again) == tokens(original))) return;
  const std::vector<std::string> ours = text.flattened ? tokens(again) : lines_of(again);
  const std::vector<std::string> theirs = text.flattened ? tokens(original) : lines_of(original);
  const auto [our, their] = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
  const std::size_t line =
      text.flattened ? 1 : static_cast<std::size_t>(their - theirs.begin()) + 1;
  const std::string expected = our == ours.end() ? "the end of the card" : "'" + *our + "'";
  const std::string found = their == theirs.end() ? "the end of the card" : "'" + *their + "'";
  throw Error("not the form of a card: expected " + expected + ", found " + found,
              name + ":" + std::to_string(line));
}

}  // namespace

ImportedCard import_card(std::string_view text, const std::string& name) {
  const CardText lines = read_card_text(text, name);
  const ParsedCard card = parse_card(lines, name);
  ImportedCard imported;
  imported.result = Importer(card, name).import();
  keep_differences(imported.result, card, lines, text);
  check_round_trip(imported.result, lines, text, name);
  imported.spec_yaml = spec_of_card(imported.result);
  return imported;
}

}  // namespace quantbench::report

#include "cli/result_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "cli/terminal.h"
#include "quantbench/analysis/answer.h"
#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/find_row.h"
#include "quantbench/analysis/remarks.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/analysis/streams.h"
#include "quantbench/base/text.h"
#include "quantbench/base/utf8.h"
#include "quantbench/report/labels.h"
#include "quantbench/report/machines.h"

namespace quantbench::cli {

namespace {

using store::Row;

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowestName = 16;
/// A column more is worth it as long as names have this.
constexpr std::size_t kWantedName = 20;
constexpr std::size_t kMarkWidth = 2;

/// The candidates that a search stopped have no figures. They are its path, which the report shows.
std::vector<std::size_t> shown_rows(const store::RunResult& result) {
  std::vector<std::size_t> order = analysis::table_order(result);
  if (!result.tuning) return order;
  // Without figures they come last, so the places of measured rows stay.
  std::erase_if(order,
                [&](std::size_t i) { return result.rows[i].status == Row::Status::kSkipped; });
  return order;
}

/// Everything that the parts of the text need of a result.
struct View {
  const store::RunResult& result;
  std::size_t width;
  std::vector<std::string> names = analysis::row_names(result);
  std::vector<analysis::Comparison> comparisons = analysis::compare_with_originals(result);
  std::vector<analysis::Shape> shapes = analysis::shapes_in_spec_order(result);
  std::optional<analysis::Answer> answer = analysis::answer(result);
  std::vector<std::size_t> order = shown_rows(result);
};

/// A column of the table under construction; a cell for each row in the table's order.
struct Column {
  std::string title;
  std::vector<std::string> cells;

  std::size_t width() const {
    std::size_t widest = display_width(title);
    for (const std::string& cell : cells) widest = std::max(widest, display_width(cell));
    return widest;
  }
};

template <typename Text>
Column column(const View& view, std::string title, const Text& text) {
  Column out{std::move(title), {}};
  for (const std::size_t i : view.order) out.cells.push_back(text(i));
  return out;
}

std::optional<analysis::ComparedTiming> timing_of(const View& view, std::size_t row,
                                                  const analysis::Shape& shape) {
  return analysis::compared_timing(view.result.rows[row], view.comparisons[row], shape);
}

std::string speedup_cell(const View& view, std::size_t row, const analysis::Shape& shape) {
  const auto found = timing_of(view, row, shape);
  return found && found->speedup ? fmt::format("{:.2f}x", found->speedup->value) : "";
}

std::vector<Column> time_columns(const View& view) {
  if (view.shapes.empty()) return {};
  const analysis::Shape& shape = view.shapes.front();
  std::vector<Column> out = {column(view, "ms", [&](std::size_t i) {
    const auto found = timing_of(view, i, shape);
    return found ? report::milliseconds(found->timing.latency_mean) : "-";
  })};
  bool has_medians = false;
  Column medians = column(view, "p50", [&](std::size_t i) -> std::string {
    const auto found = timing_of(view, i, shape);
    if (!found || !(found->timing.latency_50 > 0)) return "-";
    has_medians = true;
    return report::milliseconds(found->timing.latency_50);
  });
  if (has_medians) out.push_back(std::move(medians));
  out.push_back(
      column(view, "speedup", [&](std::size_t i) { return speedup_cell(view, i, shape); }));
  out.push_back(column(view, "95 %", [&](std::size_t i) -> std::string {
    const auto found = timing_of(view, i, shape);
    if (!found || !found->speedup || !found->speedup->interval) return "";
    const auto& interval = *found->speedup->interval;
    return fmt::format("{:.2f}-{:.2f}", interval.low, interval.high);
  }));
  return out;
}

std::vector<Column> figure_columns(const View& view, const std::string& name) {
  const auto meaning = analysis::meaning_of(view.result, name);
  const int digits = meaning && meaning->point == 1 ? 2 : 3;
  std::vector<Column> out = {column(view, name, [&](std::size_t i) {
    const auto value = analysis::figure(view.result.rows[i].evaluation, name);
    return value ? fmt::format("{:.{}f}", *value, digits) : "-";
  })};
  out.push_back(column(
      view, meaning && meaning->point > 0 ? "points" : "change", [&](std::size_t i) -> std::string {
        const auto change = analysis::figure(view.comparisons[i].changes, name);
        if (!change) return "";
        return meaning ? report::change_number(*meaning, *change) : fmt::format("{:+.4f}", *change);
      }));
  return out;
}

std::size_t width_of(const std::vector<Column>& columns) {
  std::size_t sum = 0;
  for (const Column& one : columns) sum += kGap + one.width();
  return sum;
}

/// The columns behind the name: those that a reader needs, then more as far as they fit.
std::vector<Column> chosen_columns(const View& view, std::size_t wanted_name) {
  std::vector<Column> columns = time_columns(view);
  const auto headline = analysis::headline_figure(view.result);
  const auto append = [&](const std::vector<Column>& more) {
    columns.insert(columns.end(), more.begin(), more.end());
  };
  if (headline) append(figure_columns(view, *headline));
  std::vector<std::vector<Column>> optional = {{column(view, "MB", [&](std::size_t i) {
    const std::int64_t bytes = view.result.rows[i].model_bytes;
    return bytes > 0 ? fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6) : "-";
  })}};
  for (const std::string& name : analysis::figure_names(view.result)) {
    if (!headline || name != *headline) optional.push_back(figure_columns(view, name));
  }
  for (const std::vector<Column>& more : optional) {
    if (kMarkWidth + wanted_name + width_of(columns) + width_of(more) <= view.width) append(more);
  }
  return columns;
}

/// The text in lines of at most `width` columns, all but the first of them indented.
std::string paragraph(const std::string& text, std::size_t width) {
  const std::string indent = "  ";
  std::string out;
  for (const std::string& line : wrapped(text, width - std::min(width, indent.size() + 1)))
    out += (out.empty() ? "" : indent) + line + "\n";
  return out;
}

std::string name_of(const View& view, std::size_t row) {
  switch (analysis::kind_of(view.result.rows[row])) {
    case analysis::Kind::kNothingQuantized:
      return view.names[row] + " (nothing quantized)";
    default:
      return view.names[row];
  }
}

std::string status_mark(const Row& row) {
  return row.status == Row::Status::kOk ? "" : " (" + store::status_name(row.status) + ")";
}

/// A table with the names of the rows and these columns, in `view.width` columns.
std::string table_of(const View& view, const std::vector<Column>& columns) {
  const std::size_t used = kMarkWidth + width_of(columns);
  const std::size_t width = std::max(kNarrowestName, view.width - std::min(view.width, used));
  TextTable table;
  table.columns.push_back({"  row"});
  for (const Column& one : columns) table.columns.push_back({one.title, Align::kRight});
  for (std::size_t place = 0; place < view.order.size(); ++place) {
    const std::size_t row = view.order[place];
    const bool best = view.answer && view.answer->within && view.answer->choice.row == row;
    const auto lines = wrapped(name_of(view, row) + status_mark(view.result.rows[row]), width);
    auto& cells = table.rows.emplace_back();
    cells.push_back((best ? "> " : "  ") + lines.front());
    for (const Column& one : columns) cells.push_back(one.cells[place]);
    for (std::size_t i = 1; i < lines.size(); ++i) table.rows.push_back({"    " + lines[i]});
  }
  return table.render();
}

std::size_t longest_name(const View& view) {
  std::size_t widest = kNarrowestName;
  for (const std::size_t row : view.order)
    widest = std::max(widest, display_width(name_of(view, row)));
  return widest;
}

std::string shared(const View& view) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : analysis::shared_parameters(view.result))
    parts.push_back(key + " " + value);
  if (parts.empty()) return {};
  return paragraph("All quantized rows: " + join(parts, ", "), view.width) + "\n";
}

std::string messages(const View& view) {
  using Kind = analysis::Remark::Kind;
  constexpr std::size_t kMostNames = 3;
  std::string out;
  for (const analysis::Remark& remark : analysis::remarks(view.result)) {
    if (remark.kind == Kind::kNothingQuantized || remark.kind == Kind::kGovernor) continue;
    std::vector<std::string> subjects;
    std::vector<std::size_t> places;
    for (const std::size_t row : remark.rows) {
      subjects.push_back(view.names[row]);
      const auto place = std::find(view.order.begin(), view.order.end(), row);
      places.push_back(static_cast<std::size_t>(place - view.order.begin()) + 1);
    }
    const std::string about = subjects.size() > kMostNames
                                  ? report::rows_at(std::move(places)) + " of the table"
                                  : join(subjects, "; ");
    const std::string kind = remark.kind == Kind::kFailed    ? "failed"
                             : remark.kind == Kind::kSkipped ? "skipped"
                             : remark.kind == Kind::kAdvice  ? "hint"
                                                             : "warning";
    out += paragraph(kind + ": " + about + ": " + remark.text, view.width);
  }
  return out.empty() ? out : out + "\n";
}

/// Speedups at all shapes, when there are several and one table takes them.
std::string all_shapes(const View& view) {
  if (view.shapes.size() < 2) return {};
  std::vector<Column> columns;
  for (const analysis::Shape& shape : view.shapes) {
    columns.push_back(column(view, report::shape_label(view.result, shape),
                             [&](std::size_t i) { return speedup_cell(view, i, shape); }));
  }
  if (kMarkWidth + kNarrowestName + width_of(columns) > view.width) {
    return paragraph(fmt::format("Timed at {} combinations of {}; the report has all of them.",
                                 view.shapes.size(), report::shape_heading(view.result)),
                     view.width) +
           "\n";
  }
  return "Speedup at each " + report::shape_heading(view.result) + ":\n" + table_of(view, columns) +
         "\n";
}

std::string streams_cell(const View& view, std::size_t row, const analysis::Load& load) {
  const auto* figures = analysis::figures_under(view.result.rows[row], load);
  if (figures == nullptr) return "-";
  return report::per_second(figures->samples_per_second) + " (" +
         report::milliseconds(figures->latency_99) + ")";
}

/// Joules a sample, where any row has them.
std::optional<Column> energy_column(const View& view, const analysis::Load& load) {
  bool known = false;
  Column out = column(view, "J/sample", [&](std::size_t i) -> std::string {
    const auto* figures = analysis::figures_under(view.result.rows[i], load);
    if (figures == nullptr || !figures->joules_per_sample) return "-";
    known = true;
    return report::joules(*figures->joules_per_sample);
  });
  return known ? std::optional(std::move(out)) : std::nullopt;
}

/// Throughput of concurrent streams at the first shape, when one table takes it.
std::string streams(const View& view) {
  std::vector<analysis::Load> loads = analysis::loads(view.result);
  if (loads.empty()) return {};
  const analysis::Shape shape = loads.front().shape;
  std::erase_if(loads, [&](const analysis::Load& load) { return !(load.shape == shape); });
  std::vector<Column> columns;
  for (const analysis::Load& load : loads) {
    columns.push_back(column(view, report::stream_label(load.streams),
                             [&](std::size_t i) { return streams_cell(view, i, load); }));
  }
  const auto room = [&](std::size_t width) {
    return kMarkWidth + kNarrowestName + width <= view.width;
  };
  if (!room(width_of(columns))) {
    return paragraph(fmt::format("Measured with {} numbers of concurrent streams; the report has "
                                 "all of them.",
                                 loads.size()),
                     view.width) +
           "\n";
  }
  std::string energy;
  if (auto joules = energy_column(view, loads.back()); joules) {
    columns.push_back(*std::move(joules));
    if (room(width_of(columns))) {
      energy = ", and joules a sample of " + report::stream_label(loads.back().streams);
    } else {
      columns.pop_back();
    }
  }
  return paragraph("Samples a second of concurrent streams (99 % latency in ms)" + energy +
                       ", at " + report::shape_words(view.result, shape) + ":",
                   view.width) +
         table_of(view, columns) + "\n";
}

}  // namespace

std::string result_table(const store::RunResult& result, std::size_t width) {
  const View view{result, width};
  std::string out = shared(view) + messages(view) + all_shapes(view) + streams(view);
  if (!view.shapes.empty()) {
    out += "At " + report::shape_words(result, view.shapes.front()) +
           (view.answer && view.answer->within ? ", > marks the answer" : "") + ":\n";
  }
  return out + table_of(view, chosen_columns(view, std::min(longest_name(view), kWantedName)));
}

std::string machines_text(const report::Document& document, std::size_t width) {
  std::string out;
  for (const std::string& answer : report::machine_answers(document)) {
    out += paragraph(answer, width);
  }
  return out.empty() ? out : "The answer on each machine:\n" + out;
}

std::string answer_text(const store::RunResult& result, std::size_t width) {
  return labelled(report::answer_lines(result), width);
}

std::string labelled(const std::vector<report::AnswerLine>& lines, std::size_t width) {
  constexpr std::size_t kLabelWidth = 7;
  const std::size_t room = std::max(width, kLabelWidth + kNarrowestName) - kLabelWidth;
  // What stands at the right begins in one column, where the widest text leaves room for it.
  std::size_t widest_right = 0;
  for (const auto& line : lines) widest_right = std::max(widest_right, display_width(line.right));
  std::size_t column = 0;
  for (const auto& line : lines) {
    const std::size_t end = display_width(visible(line.text)) + kGap;
    if (!line.right.empty() && end + widest_right <= room) column = std::max(column, end);
  }
  std::string out;
  for (const report::AnswerLine& line : lines) {
    std::string label = line.label;
    const auto add = [&](const std::string& text) {
      out +=
          label + std::string(kLabelWidth - std::min(kLabelWidth, label.size()), ' ') + text + "\n";
      label.clear();
    };
    const std::string text = visible(line.text);
    const std::string right = visible(line.right);
    const std::size_t used = display_width(text);
    if (!right.empty() && used + kGap <= column) {
      add(text + std::string(column - used, ' ') + right);
      continue;
    }
    for (const std::string& part : wrapped(text, room)) add(part);
    if (right.empty()) continue;
    for (const std::string& part : wrapped(right, room)) add(part);
  }
  return out;
}

}  // namespace quantbench::cli

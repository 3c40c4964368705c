#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/model_argument.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/base/text.h"
#include "quantbench/base/utf8.h"
#include "quantbench/graph/external_files.h"
#include "quantbench/runtime/inspection.h"
#include "quantbench/runtime/session.h"

namespace quantbench::cli {

namespace {

struct InspectArguments {
  ModelArgument model;
  std::string other;
  std::string framework = runtime::runtimes().default_name();
  runtime::SessionOptions session{.optimization_level = 99};
  bool compare = false;
  bool json = false;
};

struct FileSize {
  std::string name;
  std::uint64_t bytes = 0;
};

/// A model that was looked at.
struct Inspected {
  std::string path;
  bool is_checkpoint = false;
  /// The ONNX file and the files of its external data; empty for a checkpoint.
  std::vector<FileSize> files;
  graph::Model model;
  runtime::Inspection inspection;
};

std::vector<std::string> telling_frameworks() {
  std::vector<std::string> names;
  for (const std::string& name : runtime::runtimes().names()) {
    if (runtime::runtimes().get(name).tells_precision()) names.push_back(name);
  }
  return names;
}

std::vector<FileSize> files_of(const std::filesystem::path& model) {
  std::vector<FileSize> files = {{model.filename().string(), std::filesystem::file_size(model)}};
  for (const std::string& name : graph::external_files(model)) {
    files.push_back({name, std::filesystem::file_size(model.parent_path() / name)});
  }
  return files;
}

Inspected looked_at(ModelArgument argument, const InspectArguments& options) {
  Inspected out;
  out.model = argument.load();
  out.path = argument.path();
  out.is_checkpoint = argument.is_checkpoint();
  const runtime::Runtime& runtime = runtime::runtimes().get(options.framework);
  std::optional<TemporaryDirectory> exported;
  std::filesystem::path file = out.path;
  if (out.is_checkpoint) {
    file = exported.emplace().path() / "model.onnx";
    out.model.save(file);
  } else {
    out.files = files_of(file);
  }
  out.inspection = with_context(
      out.path, [&] { return runtime::inspect(out.model, file, runtime, options.session); });
  return out;
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kKilo = 1000;
  if (bytes < kKilo) return fmt::format("{} B", bytes);
  if (bytes < kKilo * kKilo) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

/// "onnxruntime 1.32.0, optimization level 99".
std::string framework_text(const InspectArguments& options) {
  const runtime::Runtime& runtime = runtime::runtimes().get(options.framework);
  std::string text = fmt::format("{} {}", options.framework, runtime.facts().value("version", ""));
  if (runtime.has_optimization_levels()) {
    text += fmt::format(", optimization level {}", options.session.optimization_level);
  }
  return text;
}

/// "1 operator", "2 operators".
std::string counted(std::size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// Path, sizes, versions, and the number of nodes.
std::string file_text(const Inspected& one) {
  const graph::Contents& contents = one.inspection.contents;
  std::vector<std::string> opsets;
  for (const auto& [domain, version] : contents.opsets) {
    opsets.push_back(domain == "ai.onnx" ? std::to_string(version)
                                         : fmt::format("{} {}", domain, version));
  }
  std::vector<std::string> facts;
  if (one.is_checkpoint) facts.emplace_back("a checkpoint, exported to ONNX");
  for (const FileSize& file : one.files) {
    // The first is the model, whose path stands above.
    facts.push_back((facts.empty() ? "" : file.name + " ") + size_text(file.bytes));
  }
  facts.push_back("opset " + join(opsets, ", "));
  facts.push_back(fmt::format("IR version {}", contents.ir_version));
  facts.push_back(counted(static_cast<std::size_t>(contents.nodes), "node"));
  if (contents.subgraphs > 0) {
    facts.push_back(counted(static_cast<std::size_t>(contents.subgraphs), "subgraph"));
  }
  if (!contents.functions.empty()) facts.push_back(counted(contents.functions.size(), "function"));
  std::string out = one.path + "\n" + join(facts, "; ") + "\n";
  if (!contents.producer.empty()) {
    out += "written by " + contents.producer +
           (contents.producer_version.empty() ? "" : " " + contents.producer_version) + "\n";
  }
  return out;
}

/// "key: value" of the metadata, long values cut.
std::string metadata_text(const graph::Contents& contents) {
  constexpr std::size_t kLongest = 60;
  std::string out;
  for (const auto& [key, value] : contents.metadata) {
    std::string shown = value.substr(0, kLongest);
    if (shown.size() < value.size()) shown += fmt::format("... ({} bytes)", value.size());
    std::ranges::replace(shown, '\n', ' ');
    out += "metadata " + key + ": " + shown + "\n";
  }
  return visible_lines(out);
}

std::string shape_text(const Json& shape) {
  if (!shape.is_array()) return "not declared";
  if (shape.empty()) return "scalar";
  std::vector<std::string> sizes;
  for (const Json& size : shape) {
    sizes.push_back(size.is_null()     ? "?"
                    : size.is_string() ? size.get<std::string>()
                                       : std::to_string(size.get<std::int64_t>()));
  }
  return join(sizes, " x ");
}

std::string interface_table(const graph::Contents& contents) {
  TextTable table{{{""}, {"name"}, {"type"}, {"shape"}}, {}};
  const auto add = [&](const char* role, const std::vector<graph::DeclaredTensor>& tensors) {
    for (const auto& tensor : tensors) {
      table.rows.push_back({role, tensor.name, tensor.type, shape_text(tensor.shape)});
    }
  };
  add("input", contents.inputs);
  add("output", contents.outputs);
  return table.render();
}

/// Constants by type: in the file, and those that the runtime computes with.
std::string constants_table(const runtime::Inspection& inspection) {
  std::map<std::string, std::pair<graph::TensorSizes, graph::TensorSizes>> types;
  for (const auto& [type, sizes] : inspection.contents.constants) types[type].first = sizes;
  const bool ran = inspection.execution && !inspection.execution->constants.empty();
  if (ran) {
    for (const auto& [type, sizes] : inspection.execution->constants) types[type].second = sizes;
  }
  if (types.empty()) return {};
  TextTable table{{{"constants"},
                   {"tensors", Align::kRight},
                   {"elements", Align::kRight},
                   {"in the file", Align::kRight}},
                  {}};
  if (ran) table.columns.push_back({"at run time", Align::kRight});
  for (const auto& [type, sizes] : types) {
    const auto& [stored, executed] = sizes;
    auto& row = table.rows.emplace_back();
    row = {type, std::to_string(stored.tensors), std::to_string(stored.elements),
           size_text(static_cast<std::uint64_t>(stored.bytes))};
    if (ran) row.push_back(size_text(static_cast<std::uint64_t>(executed.bytes)));
  }
  return table.render();
}

/// "24 Add, 12 Softmax" in lines of at most `width` columns, the most frequent first.
std::vector<std::string> kinds_lines(const std::map<std::string, std::int64_t>& counts,
                                     std::size_t width) {
  std::vector<std::pair<std::string, std::int64_t>> kinds(counts.begin(), counts.end());
  std::ranges::stable_sort(kinds, std::greater<>(), [](const auto& kind) { return kind.second; });
  std::vector<std::string> lines = {""};
  for (const auto& [kind, count] : kinds) {
    const std::string text = fmt::format("{} {}", count, kind);
    std::string& line = lines.back();
    if (line.empty()) {
      line = text;
    } else if (display_width(line) + 2 + display_width(text) < width) {
      line += ", " + text;
    } else {
      line += ",";
      lines.push_back(text);
    }
  }
  return lines;
}

/// The executed operators by precision.
std::string execution_table(const runtime::Execution& execution, std::size_t width) {
  constexpr std::size_t kNarrowestKinds = 30;
  constexpr std::size_t kGaps = 3 * 2;
  TextTable table{
      {{"precision"}, {"operators", Align::kRight}, {"products", Align::kRight}, {"kinds"}}, {}};
  const auto groups = runtime::by_precision(execution);
  std::size_t used = table.columns[0].title.size();
  for (const auto& group : groups) used = std::max(used, display_width(group.precision));
  used += table.columns[1].title.size() + table.columns[2].title.size() + kGaps;
  const std::size_t left = std::max(kNarrowestKinds, width - std::min(width, used));
  for (const auto& group : groups) {
    std::vector<std::string> first = {group.precision, std::to_string(group.operators),
                                      std::to_string(group.products)};
    for (std::string& line : kinds_lines(group.kinds, left)) {
      first.push_back(std::move(line));
      table.rows.push_back(std::move(first));
      first = {"", "", ""};
    }
  }
  return table.render();
}

std::string warnings_text(const runtime::Inspection& inspection, std::size_t width) {
  std::string out;
  std::vector<std::string> texts;
  if (!inspection.failure.empty()) texts.push_back("does not run: " + inspection.failure);
  texts.insert(texts.end(), inspection.warnings.begin(), inspection.warnings.end());
  for (const std::string& text : texts) {
    std::string indent;
    for (const std::string& line : wrapped("warning: " + visible(text), width)) {
      out += indent + line + "\n";
      indent = "  ";
    }
  }
  return out;
}

std::string inspection_text(const Inspected& one, const InspectArguments& options,
                            std::size_t width) {
  const graph::Contents& contents = one.inspection.contents;
  std::string out = visible_lines(file_text(one)) + metadata_text(contents) + "\n" +
                    interface_table(contents) + "\n";
  const std::string constants = constants_table(one.inspection);
  if (!constants.empty()) out += constants + "\n";
  if (one.inspection.execution) {
    out += fmt::format("{} at run time ({}):\n",
                       counted(one.inspection.execution->operators.size(), "operator"),
                       framework_text(options)) +
           execution_table(*one.inspection.execution, width);
  }
  const std::string warnings = warnings_text(one.inspection, width);
  return out + (warnings.empty() ? "" : "\n" + warnings);
}

Json inspection_json(const Inspected& one, const InspectArguments& options) {
  Json files = Json::array();
  for (const FileSize& file : one.files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes}});
  }
  Json out = {{"model", one.path}, {"files", std::move(files)}};
  out.update(record_to_json(one.inspection));
  if (one.inspection.execution) {
    const runtime::Runtime& runtime = runtime::runtimes().get(options.framework);
    Json& execution = out["execution"];
    execution["framework"] = options.framework;
    execution["version"] = runtime.facts().at("version");
    execution["optimization_level"] =
        runtime.has_optimization_levels() ? Json(options.session.optimization_level) : Json();
    execution["by_precision"] = record_to_json(runtime::by_precision(*one.inspection.execution));
  }
  return out;
}

std::string differences_text(const Inspected& before, const Inspected& after,
                             const std::vector<runtime::Difference>& differences,
                             std::size_t width) {
  constexpr std::size_t kMostOfAKind = 12;
  constexpr std::size_t kWidestName = 48;
  constexpr std::size_t kWidestValue = 40;
  const auto shown = [](const std::string& value) {
    return value.size() <= kWidestValue ? value : value.substr(0, kWidestValue) + "...";
  };
  // The end of a name tells more than its beginning.
  const auto shown_name = [](const std::string& name) {
    return name.size() <= kWidestName ? name : "..." + name.substr(name.size() - kWidestName);
  };
  std::string out =
      fmt::format("before: {}\nafter:  {}\n", visible(before.path), visible(after.path));
  if (differences.empty()) return out + "no difference\n";
  TextTable table{{{"what"}, {"name"}, {"before"}, {"after"}}, {}};
  std::map<std::string, std::size_t> counts;
  for (const runtime::Difference& one : differences) {
    if (++counts[one.what] > kMostOfAKind) continue;
    table.rows.push_back({one.what, shown_name(one.name), shown(one.before), shown(one.after)});
  }
  out += "\n" + table.render();
  for (const auto& [what, count] : counts) {
    if (count > kMostOfAKind) {
      out += fmt::format("{} more of {}: --json lists them\n", count - kMostOfAKind, what);
    }
  }
  for (const Inspected* one : {&before, &after}) {
    const std::string warnings = warnings_text(one->inspection, width);
    if (!warnings.empty()) out += "\n" + visible(one->path) + "\n" + warnings;
  }
  return out;
}

void print_differences(const Inspected& before, const Inspected& after,
                       const InspectArguments& options) {
  const auto differences =
      runtime::differences(before.model, before.inspection, after.model, after.inspection);
  if (!options.json) {
    return print_text(differences_text(before, after, differences, terminal_width(STDOUT_FILENO)));
  }
  const Json all = {{"before", inspection_json(before, options)},
                    {"after", inspection_json(after, options)},
                    {"differences", record_to_json(differences)}};
  print_text(to_lines(all) + "\n");
}

class Inspect : public Command {
 public:
  void add_to(CLI::App& app, Context&) const override {
    const auto options = std::make_shared<InspectArguments>();
    CLI::App* command = app.add_subcommand(
        "inspect", "Show what an ONNX model holds, and in which precision each operator runs");
    options->model.add_to(*command);
    command->add_option("OTHER", options->other, "With --compare: the model to compare with MODEL");
    command->add_flag("--compare", options->compare, "List what differs between MODEL and OTHER");
    command->add_flag("--json", options->json, "Print all of it as JSON, operator by operator");
    command
        ->add_option("--framework", options->framework, "Runtime whose executed graph is looked at")
        ->check(CLI::IsMember(telling_frameworks()))
        ->capture_default_str();
    command
        ->add_option("--optimization-level", options->session.optimization_level,
                     "ONNX Runtime's graph optimizations, as framework_args has them: 0 none, 1 "
                     "basic, 2 extended, 99 all")
        ->check(CLI::IsMember({0, 1, 2, 99}))
        ->capture_default_str();
    command->callback([options] {
      if (options->compare != !options->other.empty()) {
        throw Error(options->compare ? "the second model is missing" : "OTHER needs --compare",
                    "OTHER", "inspect --compare MODEL OTHER");
      }
      const Inspected model = looked_at(options->model, *options);
      if (options->compare) {
        return print_differences(
            model, looked_at(options->model.with_model(options->other), *options), *options);
      }
      print_text(options->json ? to_lines(inspection_json(model, *options)) + "\n"
                               : inspection_text(model, *options, terminal_width(STDOUT_FILENO)));
    });
  }
};

}  // namespace

void register_inspect(CommandRegistry& registry) {
  registry.add("inspect", std::make_unique<Inspect>());
}

}  // namespace quantbench::cli

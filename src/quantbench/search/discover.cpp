#include "quantbench/search/discover.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/checkpoint/model_source.h"
#include "quantbench/dataset/from_hub.h"
#include "quantbench/dataset/split_list.h"
#include "quantbench/dataset/split_names.h"
#include "quantbench/graph/external_files.h"
#include "quantbench/graph/model.h"
#include "quantbench/hub/hub.h"
#include "quantbench/metric/registry.h"
#include "quantbench/plan/task_data.h"
#include "quantbench/runtime/model_interface.h"
#include "quantbench/search/agreement.h"
#include "quantbench/search/columns.h"
#include "quantbench/task/inference.h"

namespace quantbench::search {

namespace {

/// Draws the samples that are looked at.
constexpr std::uint32_t kSeed = 42;

/// "negative, positive", the first few.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::vector<std::string> shown(names.begin(),
                                 names.begin() + static_cast<long>(std::min(kShown, names.size())));
  if (names.size() > kShown) shown.push_back("... (" + std::to_string(names.size()) + ")");
  return join(shown, ", ");
}

/// Whether the classes of a model are called something; transformers calls them LABEL_0 without.
bool has_names(const std::vector<std::string>& labels) {
  return std::ranges::any_of(
      labels, [](const std::string& label) { return !to_lower(label).starts_with("label_"); });
}

/// The splits other than `split`, in words.
std::string others(const dataset::KnownSplits& known, const std::string& split) {
  std::vector<std::string> names;
  for (const std::string& name : known.names) {
    if (name != split) names.push_back(name);
  }
  return names.empty() ? "" : ", beside " + join_some(names, ", ");
}

/// The split of this canonical name.
const std::string* split_called(const dataset::KnownSplits& known, std::string_view canonical) {
  const auto found = std::ranges::find_if(known.names, [&](const std::string& name) {
    return dataset::canonical_split(name) == canonical;
  });
  return found == known.names.end() ? nullptr : &*found;
}

std::string given_split(const dataset::KnownSplits& known, const std::string& given,
                        const std::string& option, const std::string& where) {
  if (known.has(given)) return given;
  if (const auto* other = split_called(known, dataset::canonical_split(given))) return *other;
  const auto fault = known.faults.find(dataset::canonical_split(given));
  if (fault != known.faults.end()) throw Error(fault->second);
  throw Error("no split '" + given + "' in " + where, option, suggest(given, known.names));
}

/// The split to evaluate on.
std::string evaluation_split(const dataset::KnownSplits& known, const std::string& where) {
  for (const char* wanted : {"validation", "test"}) {
    if (const auto* found = split_called(known, wanted)) return *found;
    if (const auto fault = known.faults.find(wanted); fault != known.faults.end()) {
      throw Error(fault->second);
    }
    for (const std::string& name : known.names) {  // validation_matched
      if (dataset::canonical_split(name).starts_with(wanted)) return name;
    }
  }
  if (known.names.size() == 1) return known.names.front();
  throw Error("the split to evaluate on is not known", where,
              "--split is one of " + join_some(known.names, ", "));
}

std::optional<std::string> calibration_split(const dataset::KnownSplits& known,
                                             const std::string& evaluated) {
  const auto* train = split_called(known, "train");
  if (train != nullptr && *train != evaluated) return *train;
  for (const std::string& name : known.names) {
    if (name != evaluated) return name;
  }
  return std::nullopt;
}

/// A model, located and opened as far as its config.json and its inputs.
struct Model {
  checkpoint::ModelSource source;
  checkpoint::ModelDirectory directory;
  std::vector<runtime::InputInfo> inputs = {};
};

class Discoverer {
 public:
  Discoverer(const Question& question, const std::function<hub::Options()>& hub_options)
      : question_(question), hub_options_(hub_options) {}

  Discovery run() {
    data_ = {question_.dataset, question_.configuration};
    out_.dataset = question_.dataset;
    find_splits();
    const Model model = with_context("MODEL", [&] { return open_model(); });
    const std::string path = model.directory.config_path();
    out_.task = task::task_of(question_.task, model.directory.config(), path, "--task");
    say_task(model.directory.config());
    const task::Task& task = task::tasks().get(out_.task);
    const dataset::Split head = dataset::load_split(data_, out_.split, kHead);
    const Sight sight = Sight::of(head, question_.dataset);
    const std::vector<std::string> labels = model.directory.labels();
    if (has_labels()) {
      const Finding label = find_label(task, question_.label, sight, labels);
      out_.label = label.value;
      find_columns(task, sight);
      out_.findings.push_back(label);
    } else {
      find_columns(task, sight);
      out_.label = kOriginalsColumn;
    }
    look_at_samples(task, model, labels);
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kHead = 20;

  bool has_labels() const { return question_.labelled.empty(); }

  hub::Hub& hub() {
    if (!hub_) hub_.emplace(hub_options_());
    return *hub_;
  }

  void say(std::string what, std::string value, std::string source) {
    out_.findings.push_back({std::move(what), std::move(value), std::move(source)});
  }

  void find_splits() {
    const bool on_hub = hub::is_hub_name(question_.dataset);
    const std::string revision = question_.dataset_revision.value_or("main");
    if (!on_hub) {
      hub::require_no_revision(hub::RepositoryType::kDataset, question_.dataset,
                               question_.dataset_revision);
    }
    const dataset::KnownSplits known = with_context("--dataset", [&] {
      return on_hub ? dataset::list_splits_of_hub(hub(), question_.dataset, revision,
                                                  question_.configuration)
                    : dataset::list_splits(data_);
    });
    const bool given = !question_.split.empty();
    out_.split = given ? given_split(known, question_.split, "--split", question_.dataset)
                       : evaluation_split(known, question_.dataset);
    std::string source = "files of " + question_.dataset + others(known, out_.split);
    if (known.names.size() == 1) source = "the only one of " + question_.dataset;
    if (dataset::canonical_split(out_.split) == "train") {
      source += "; a loss on samples that the model was trained on is too small";
    }
    say("split", out_.split, given ? "as given" : source);
    if (has_labels()) find_calibration(known);
    if (on_hub) {
      data_ = dataset::fetch_from_hub(hub(), question_.dataset, revision, question_.configuration,
                                      {out_.split})
                  .source;
    }
  }

  void find_calibration(const dataset::KnownSplits& known) {
    const std::string& given = question_.calibration_split;
    out_.calibration_split =
        given.empty() ? calibration_split(known, out_.split)
                      : given_split(known, given, "--calibration-split", question_.dataset);
    if (out_.calibration_split) {
      say("calibration split", *out_.calibration_split,
          given.empty() ? "files of " + question_.dataset : "as given");
    } else {
      say("calibration split", "none",
          "the search half of " + out_.split + " calibrates, the other half confirms");
    }
  }

  Model open_model() {
    const hub::ModelChoice choice = {.from_transformers = std::nullopt,
                                     .file_name = question_.file_name};
    std::string path = question_.model;
    if (hub::is_hub_name(path) && !path.ends_with(".onnx")) {
      path = hub::fetch_model(hub(), path, question_.revision.value_or("main"), choice,
                              graph::external_files)
                 .directory.string();
    } else {
      hub::require_no_revision(hub::RepositoryType::kModel, path, question_.revision);
    }
    const auto source = checkpoint::find_model(path, choice);
    Model model{source, checkpoint::ModelDirectory::open(source.directory)};
    if (source.is_onnx()) {
      model.inputs = runtime::interface_of(graph::Model::load(source.onnx)).inputs;
    }
    return model;
  }

  void say_task(const Json& config) {
    const auto classes = config.find("architectures");
    const bool has_classes = classes != config.end() && classes->is_array() && !classes->empty();
    const std::string found =
        has_classes ? "config.json, architectures" : "config.json, model_type";
    out_.findings.insert(out_.findings.begin(),
                         {"task", out_.task, question_.task.empty() ? found : "as given"});
  }

  void find_columns(const task::Task& task, const Sight& sight) {
    const Json given = with_keys(task, question_.data_keys, question_.columns);
    out_.data_keys = find_data_keys(task, given, sight, out_.label);
    std::vector<std::string> pairs;
    for (const auto& [key, column] : out_.data_keys.items()) {
      pairs.push_back(column.get<std::string>() + " (" + key + ")");
    }
    say("data", join(pairs, ", "),
        given.empty() ? "of the columns " + join_some(sight.columns, ", ") : "as given");
  }

  /// Labels, metric and input lengths.
  void look_at_samples(const task::Task& task, const Model& model,
                       const std::vector<std::string>& labels) {
    plan::TaskParams params{out_.task, question_.task_args, out_.data_keys, {out_.label}};
    task::TaskContext context = plan::task_context(model.directory, params);
    context.inputs = model.inputs;
    dataset::Subset drawn{kMostSamples, kSeed, task.columns(context)};
    if (!has_labels() && question_.max_samples) {
      drawn.limit = static_cast<std::size_t>(*question_.max_samples);
    }
    const std::size_t all =
        dataset::load_split(data_, out_.split, {0, std::nullopt, drawn.columns}).size();
    dataset::Split split = dataset::load_split(data_, out_.split, drawn);
    task::Implied implied = task.implied(model.directory.config(), cells(split, out_.label));
    out_.task_args = implied.task_args;
    out_.task_args.update(question_.task_args);
    if (!implied.task_args.empty()) {
      say("task_args", to_line(implied.task_args), "the model and its samples");
    }
    context.task_args = out_.task_args;
    if (!has_labels()) split = with_stand_ins(task, context, split);
    const auto processor = with_context("--dataset", [&] { return task.prepare(context, split); });
    out_.samples = static_cast<std::int64_t>(all);
    if (!has_labels()) {
      label_by_original(task, model, *processor, split);
    } else if (has_names(labels)) {
      say("labels", some_of(labels),
          std::to_string(split.size()) + " of " + std::to_string(all) +
              " samples looked at, each has labels of the model");
    }
    find_metric(task, implied.metric, labels);
    find_lengths(task, model, *processor, split);
  }

  /// The samples with the original's predictions are the data set from here on.
  void label_by_original(const task::Task& task, const Model& model,
                         const task::Processor& processor, const dataset::Split& split) {
    task::TaskContext columns;
    columns.data_keys = out_.data_keys;
    const std::size_t written =
        write_with_predictions({model.source, out_.task, model.directory.labels()}, processor,
                               split, task.columns(columns), question_.labelled);
    out_.dataset = question_.labelled.string();
    out_.split = dataset::list_splits({out_.dataset, std::nullopt}).names.front();
    out_.calibration_split.reset();
    out_.samples = static_cast<std::int64_t>(written);
    say("labels", "the original's predictions",
        std::to_string(written) +
            " samples; agreement with the original says less than accuracy: a sample on which both "
            "are wrong counts as right");
  }

  static std::vector<Json> cells(const dataset::Split& split, const std::string& column) {
    std::vector<Json> out;
    constexpr std::size_t kAtOnce = 64;
    for (std::size_t first = 0; first < split.size(); first += kAtOnce) {
      for (dataset::Example& row : split.read(first, std::min(kAtOnce, split.size() - first))) {
        if (row.contains(column)) out.push_back(std::move(row[column]));
      }
    }
    return out;
  }

  void find_metric(const task::Task& task, const std::string& implied,
                   const std::vector<std::string>& labels) {
    const bool given = !question_.metric.empty();
    out_.metric = given             ? question_.metric
                  : implied.empty() ? task.default_metrics().at(0)
                                    : implied;
    with_context("--metric", [&] {
      const task::MetricChoice choice = task.metric(out_.metric);
      task::check_metrics(task, {out_.metric}, labels);
      for (const metric::Figure& figure : metric::metrics().get(choice.metric).figures()) {
        if (choice.figure.empty() ? !figure.is_headline : figure.name != choice.figure) continue;
        // As an evaluation calls it: a figure that was asked for has the name of the request.
        out_.figure = choice.figure.empty() ? figure.name : out_.metric;
        out_.point = figure.point;
      }
    });
    if (out_.figure.empty()) {
      throw Error("metric " + out_.metric + " does not say which of its figures counts",
                  "--metric");
    }
    say("metric", out_.figure, given ? "as given" : "the main figure of " + out_.task);
  }

  void find_lengths(const task::Task& task, const Model& model, const task::Processor& processor,
                    const dataset::Split& split) {
    const Json& config = model.directory.config();
    if (const std::string size = task.input_size(model.inputs, config); !size.empty()) {
      out_.input_lengths = {
          task.timing_inputs(model.inputs, 1, 1, config).front().tensor.shape.back()};
      say("input size", size, "the model takes this size only");
      return;
    }
    out_.input_lengths = input_lengths(processor, split);
    if (out_.input_lengths.empty()) {
      throw Error("no sample of the split '" + out_.split + "' can be used", question_.dataset);
    }
    std::vector<std::string> lengths;
    for (const std::int64_t length : out_.input_lengths) lengths.push_back(std::to_string(length));
    say("input lengths", join(lengths, ", "),
        lengths.size() == 1 ? "tokens of the median and of the 95 % percentile of the samples"
                            : "tokens, median and 95 % percentile of the samples");
  }

  const Question& question_;
  const std::function<hub::Options()>& hub_options_;
  std::optional<hub::Hub> hub_;
  dataset::Source data_;
  Discovery out_;
};

/// The value that `share` of the sorted values do not exceed (nearest rank).
std::int64_t percentile(const std::vector<std::int64_t>& sorted, double share) {
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted.at(static_cast<std::size_t>(std::max(rank, 1.0)) - 1);
}

}  // namespace

std::vector<std::int64_t> input_lengths(const task::Processor& processor,
                                        const dataset::Split& split) {
  std::vector<std::int64_t> lengths;
  constexpr std::size_t kAtOnce = 64;
  for (std::size_t first = 0; first < split.size(); first += kAtOnce) {
    for (const auto& row : split.read(first, std::min(kAtOnce, split.size() - first))) {
      try {
        for (const task::Features& pass : processor.features(row)) {
          lengths.push_back(pass.inputs.front().tensor.shape.back());
        }
      } catch (const task::UnusableSample&) {
        continue;  // the run says how many there are
      }
    }
  }
  if (lengths.empty()) return {};
  std::ranges::sort(lengths);
  const std::int64_t median = percentile(lengths, 0.5);
  const std::int64_t longest = percentile(lengths, 0.95);
  return median == longest ? std::vector{median} : std::vector{median, longest};
}

Discovery discover(const Question& question, const std::function<hub::Options()>& hub_options) {
  return Discoverer(question, hub_options).run();
}

}  // namespace quantbench::search

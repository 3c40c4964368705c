#include <cmath>
#include <memory>

#include "quantbench/analysis/row_name.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/registry.h"
#include "quantbench/spec/yaml_writer.h"

namespace quantbench::report {

namespace {

/// YAML lines `- key: value`, `  key: value` at an indentation. A null value is omitted.
class Lines {
 public:
  void add(int indent, const std::string& key, const Json& value) {
    if (value.is_null()) return;
    text_ += std::string(static_cast<std::size_t>(indent), ' ') + key + ": " +
             spec::yaml_flow(value) + "\n";
  }
  void open(int indent, const std::string& key) {
    text_ += std::string(static_cast<std::size_t>(indent), ' ') + key + ":\n";
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// The `model-index` of a model card's front matter, which the Hub's leaderboards read: one entry
/// for the model and its data set, one metric per row and figure, with the row's name and its
/// parameters as `args`. Keys follow the Hub's specification of model cards (hub-docs,
/// modelcard.md) and huggingface_hub.EvalResult.
class ModelIndex : public Layout {
 public:
  std::string render(const Document& result, Remarks /*remarks*/) const override {
    const auto text = [](const Json& object, const char* key) {
      const Json value = object.is_object() ? object.value(key, Json()) : Json();
      return value.is_string() ? value : Json();
    };
    const Json dataset = result.spec.value("dataset", Json::object());
    const Json path = text(dataset, "path");
    const Json config = text(dataset, "name");
    Lines lines;
    lines.open(0, "model-index");
    lines.add(0, "- name", analysis::text_of(result.spec.value("name_or_path", Json(""))));
    lines.open(2, "results");
    lines.open(2, "- task");
    lines.add(6, "type", analysis::text_of(result.spec.value("task", Json(""))));
    lines.open(4, "dataset");
    lines.add(6, "type", path);
    lines.add(
        6, "name",
        config.is_null() ? path : Json(analysis::text_of(path) + " " + analysis::text_of(config)));
    lines.add(6, "config", config);
    lines.add(6, "split", text(dataset, "eval_split"));
    lines.open(4, "metrics");
    const analysis::Names names(result);
    for (const store::Row& row : result.rows) {
      for (const std::string& name : table_figures(result, Generation::kSeptember)) {
        const std::optional<double> value = analysis::figure(row.evaluation, name);
        if (!value || !std::isfinite(*value)) continue;
        lines.add(4, "- type", name);
        lines.add(6, "value", *value);
        lines.add(6, "name", name + " (" + names.of(row) + ")");
        if (!row.parameters.empty()) lines.add(6, "args", row.parameters);
      }
    }
    return "---\n" + lines.take() + "---\n";
  }
};

}  // namespace

void register_model_index(LayoutRegistry& registry) {
  registry.add("model-index", std::make_unique<ModelIndex>());
}

}  // namespace quantbench::report

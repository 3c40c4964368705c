#include "quantbench/execute/remedies.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "quantbench/analysis/figures.h"
#include "quantbench/base/log.h"
#include "quantbench/base/text.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/execute/executor.h"
#include "quantbench/measure/machine.h"
#include "quantbench/plan/builder.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/preset.h"
#include "quantbench/quantize/remedy.h"
#include "quantbench/spec/grid.h"
#include "quantbench/spec/yaml_writer.h"
#include "quantbench/stages/evaluate.h"
#include "quantbench/stages/rank.h"

namespace quantbench::execute {

namespace {

constexpr const char* kCalibration = "calibration";
constexpr const char* kExclusion = "node_exclusion";

/// What an approach, a preset or the calibration declares, for one cell.
struct Declared {
  quantize::Remedy remedy;
  /// The preset that its options are of: key and value.
  std::optional<std::pair<std::string, std::string>> preset = std::nullopt;
};

/// The value that counts now; null: the parameter has no meaning there.
Json current(const Parameters& parameters, const Json& effective, const std::string& name) {
  const Parameter* parameter = find_parameter(parameters, name);
  if (parameter == nullptr || failed_condition(*parameter, effective) != nullptr) return {};
  return effective.value(name, Json());
}

/// Whether these values are others than the current ones. A number is for those that have less.
bool changes(const Parameters& parameters, const Json& effective, const Json& values,
             bool& raises) {
  bool changed = false;
  for (const auto& [name, value] : values.items()) {
    const Json now = current(parameters, effective, name);
    changed |= now != value;
    raises &= !(now.is_number() && value.is_number() && now > value);
  }
  return changed;
}

bool applies(const Declared& declared, const spec::Cell& cell, const quantize::Approach& approach,
             const Json& machine) {
  const quantize::Remedy& remedy = declared.remedy;
  if (remedy.for_saturating_products && !measure::u8s8_saturates(machine)) return false;
  if (remedy.worst_operators > 0) return cell.calibration.has_value();
  if (declared.preset &&
      cell.quantization.value(declared.preset->first, Json()) == declared.preset->second) {
    return false;
  }
  const Parameters parameters = approach.parameters();
  Json own = remedy.options;
  own.erase(kCalibration);
  for (const auto& [name, value] : own.items()) {
    if (find_parameter(parameters, name) == nullptr) return false;
  }
  bool raises = true;
  bool changed = changes(parameters, effective_values(parameters, cell.quantization), own, raises);
  if (remedy.options.contains(kCalibration)) {
    if (!cell.calibration) return false;
    const Parameters keys = calibrate::calibration_parameters();
    changed |= changes(keys, effective_values(keys, *cell.calibration),
                       remedy.options[kCalibration], raises);
  }
  return changed && (raises || declared.preset.has_value());
}

/// What is declared for cells of the approach.
std::vector<Declared> declared_by(const quantize::Approach& approach) {
  std::vector<Declared> all;
  for (quantize::Remedy& remedy : approach.remedies()) all.push_back({std::move(remedy)});
  if (approach.calibrates()) {
    for (quantize::Remedy& remedy : calibrate::calibration_remedies()) {
      all.push_back({std::move(remedy)});
    }
  }
  for (const quantize::TakenPreset& taken : quantize::presets_in(approach.parameters())) {
    if (taken.preset->remedies().empty()) continue;
    Declared& one = all.emplace_back();
    one.remedy.against = taken.preset->remedies();
    one.remedy.options = taken.options;
    one.remedy.place = quantize::kPlaceOfPresets;
    one.preset.emplace(taken.key, taken.name);
  }
  return all;
}

/// Those that apply to the cell, the likeliest first.
std::vector<Declared> remedies_of(const spec::Cell& cell, const Json& machine) {
  const auto* approach = cell.apply_quantization && cell.quantization_approach
                             ? quantize::approaches().find(*cell.quantization_approach)
                             : nullptr;
  if (approach == nullptr) return {};
  std::vector<Declared> out;
  for (Declared& one : declared_by(*approach)) {
    if (applies(one, cell, *approach, machine)) out.push_back(std::move(one));
  }
  std::ranges::stable_sort(out, {}, [](const Declared& one) { return one.remedy.place; });
  return out;
}

std::string option_text(const std::string& name, const Json& value) {
  return name + ": " + (value.is_string() ? value.get<std::string>() : spec::yaml_flow(value));
}

/// What the spec gives beside a preset that says something else: it would hold against the preset.
std::vector<std::string> given_against(const Json& options, const spec::Spec& spec,
                                       const spec::Cell& cell) {
  std::vector<std::string> out;
  for (const auto& [name, value] : options.items()) {
    const bool given = spec.fixed.contains(name) || spec.benchmarked.contains(name);
    if (name != kCalibration) {
      if (given && cell.quantization.value(name, Json()) != value) out.push_back(name);
      continue;
    }
    for (const auto& [key, one] : value.items()) {
      if (cell.calibration->contains(key) && cell.calibration->at(key) != one) {
        out.push_back(name + "." + key);
      }
    }
  }
  return out;
}

/// The options as a spec has them.
std::string change_of(const Declared& declared, const spec::Spec& spec, const spec::Cell& cell) {
  if (declared.preset) {
    const auto against = given_against(declared.remedy.options, spec, cell);
    return option_text(declared.preset->first, declared.preset->second) +
           (against.empty() ? "" : " without " + join(against, ", "));
  }
  std::vector<std::string> texts;
  for (const auto& [name, value] : declared.remedy.options.items()) {
    if (name != kCalibration) {
      texts.push_back(option_text(name, value));
      continue;
    }
    for (const auto& [key, one] : value.items()) {
      texts.push_back(option_text(name + "." + key, one));
    }
  }
  return join(texts, ", ");
}

/// Tries the remedies of all losses together, so that they share what they can of a calibration.
class Search {
 public:
  Search(const Prepared& prepared, const std::vector<Loss>& losses, const RemedySearch& wanted,
         const Options& options, store::StageResults& results)
      : prepared_(prepared),
        losses_(losses),
        wanted_(wanted),
        options_(options),
        results_(results),
        spec_(prepared.located.spec),
        budget_(wanted.most_evaluations),
        found_(losses.size()) {
    for (const Loss& loss : losses) {
      left_.push_back(remedies_of(*loss.cell, prepared.inputs.machine));
    }
    // A remedy that fails does not make the run fail.
    options_.on_event = [tell = options.on_event](const Event& event) {
      if (tell && event.kind != Event::Kind::kStageFailed) tell(event);
    };
  }

  std::vector<Remedies> run() {
    try {
      while (round()) {
      }
    } catch (const Cancelled&) {
      throw;
    } catch (const Error& error) {
      spdlog::debug("no more remedies: {}", error.what());
    }
    for (std::size_t i = 0; i < losses_.size(); ++i) {
      found_[i].left = left_[i].size();
      std::ranges::stable_sort(found_[i].measured, {}, [&](const Remedy& one) {
        return analysis::loss(wanted_.meaning, losses_[i].original, one.figure);
      });
    }
    return std::move(found_);
  }

 private:
  struct Trial {
    std::size_t loss = 0;
    Declared declared;
  };

  /// One more remedy for each loss that is not given back yet. False: there is none.
  bool round() {
    std::vector<Trial> trials;
    for (std::size_t i = 0; i < left_.size() && trials.size() < budget_; ++i) {
      if (left_[i].empty()) continue;
      trials.push_back({i, std::move(left_[i].front())});
      left_[i].erase(left_[i].begin());
    }
    if (trials.empty()) return false;
    budget_ -= trials.size();
    name_worst_operators(trials);
    evaluate(trials);
    return true;
  }

  std::vector<StageOutcome> run_stages(plan::Builder& builder) {
    const std::vector<plan::PlannedStage> stages = builder.take();
    return Executor(stages, prepared_.inputs.machine, options_, results_).run();
  }

  /// Fills in the operators of remedies that exclude the worst. Where it cannot be told which they
  /// are, the trial is dropped.
  void name_worst_operators(std::vector<Trial>& trials) {
    plan::Builder builder(prepared_.located.spec, prepared_.inputs);
    std::map<std::size_t, std::size_t> ranked;  // trial -> stage
    for (std::size_t i = 0; i < trials.size(); ++i) {
      if (trials[i].declared.remedy.worst_operators == 0) continue;
      ranked[i] = builder.require<stages::Rank>(*losses_[trials[i].loss].cell).index;
    }
    if (ranked.empty()) return;
    const std::vector<StageOutcome> outcomes = run_stages(builder);
    std::vector<Trial> kept;
    for (std::size_t i = 0; i < trials.size(); ++i) {
      const auto stage = ranked.find(i);
      if (stage == ranked.end() || exclude_worst(trials[i], finished(outcomes, stage->second))) {
        kept.push_back(std::move(trials[i]));
      }
    }
    trials = std::move(kept);
  }

  bool exclude_worst(Trial& trial, const StageOutcome* ranked) const {
    if (ranked == nullptr) return false;
    quantize::Remedy& remedy = trial.declared.remedy;
    const spec::Cell& cell = *losses_[trial.loss].cell;
    auto excluded = cell.node_exclusion.value_or(std::vector<std::string>());
    const std::size_t before = excluded.size();
    const auto ranking = result_of<stages::Rank>(*ranked);
    for (const std::string& name : ranking.operators) {
      if (excluded.size() == before + remedy.worst_operators) break;
      if (std::ranges::find(excluded, name) == excluded.end()) excluded.push_back(name);
    }
    remedy.options[kExclusion] = excluded;
    return excluded.size() > before;
  }

  void evaluate(const std::vector<Trial>& trials) {
    const spec::Declarations declared = spec::declarations();
    std::vector<Remedy> remedies;
    for (const Trial& trial : trials) {
      const spec::Cell& cell = *losses_[trial.loss].cell;
      Remedy& remedy = remedies.emplace_back();
      remedy.against = trial.declared.remedy.against;
      remedy.change = change_of(trial.declared, spec_, cell);
      Json options = trial.declared.remedy.options;
      if (trial.declared.preset)
        options[trial.declared.preset->first] = trial.declared.preset->second;
      remedy.cell = spec::with_options(cell, options, declared, spec_.protocol);
      remedy.cell.parameters["remedy"] = remedy.change;
      spec_.cells.push_back(remedy.cell);
    }
    plan::Builder builder(spec_, prepared_.inputs);
    std::vector<std::size_t> evaluations;
    for (const Remedy& remedy : remedies) {
      evaluations.push_back(builder.require<stages::Evaluate>(remedy.cell).index);
    }
    const std::vector<StageOutcome> outcomes = run_stages(builder);
    for (std::size_t i = 0; i < trials.size(); ++i) {
      const StageOutcome* evaluated = finished(outcomes, evaluations[i]);
      if (evaluated == nullptr) continue;
      const auto figure =
          analysis::figure(result_of<stages::Evaluate>(*evaluated).figures, wanted_.figure);
      if (!figure) continue;
      remedies[i].figure = *figure;
      const std::size_t loss = trials[i].loss;
      if (analysis::loss(wanted_.meaning, losses_[loss].original, *figure) <=
          wanted_.accepted_loss) {
        left_[loss].clear();
      }
      found_[loss].measured.push_back(std::move(remedies[i]));
    }
  }

  const Prepared& prepared_;
  const std::vector<Loss>& losses_;
  const RemedySearch& wanted_;
  Options options_;
  store::StageResults& results_;
  /// With the cells that were tried: one calibration serves all that take the same samples.
  spec::Spec spec_;
  std::size_t budget_;
  std::vector<std::vector<Declared>> left_;
  std::vector<Remedies> found_;
};

}  // namespace

std::vector<Remedies> measure_remedies(const Prepared& prepared, const std::vector<Loss>& losses,
                                       const RemedySearch& search, const Options& options,
                                       store::StageResults& results) {
  if (losses.empty()) return {};
  return Search(prepared, losses, search, options, results).run();
}

}  // namespace quantbench::execute

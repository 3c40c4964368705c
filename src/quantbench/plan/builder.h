#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/plan/inputs.h"
#include "quantbench/plan/stage.h"
#include "quantbench/spec/spec.h"

namespace quantbench::plan {

/// A stage's answer during planning.
template <typename S>
struct Request {
  typename S::Params params = {};
  typename S::Places places = {};
  /// Stages of the plan whose results this stage needs, from Builder::require.
  std::vector<std::size_t> needs = {};
  /// A description for progress display.
  std::string subject = {};
  /// Estimated seconds. Earlier runs correct it.
  double expected_seconds = 1;
  /// Stages of one group are measured in turns, at the same time. Empty: measured alone.
  std::string group = {};
  /// The stage of the group that this one is compared with.
  std::optional<std::size_t> beside = {};
};

/// A step of a plan. Its needs come before it.
struct PlannedStage {
  const Stage* stage = nullptr;
  /// Hash of stage, version, parameters and the keys of its needs. Equal stages have equal keys.
  std::string key;
  Json params = Json::object();
  Json places = Json::object();
  std::vector<std::size_t> needs;
  std::string subject;
  double expected_seconds = 1;
  std::string group = {};
  std::optional<std::size_t> beside = {};

  const StageDeclaration& declaration() const { return stage->declaration(); }
  std::string name() const { return stage->name(); }
};

/// Where a stage of type S stands in a plan.
template <typename S>
struct StageRef {
  std::size_t index = 0;
};

/// Collects the distinct stages that rows and other stages ask for: the stage graph.
class Builder {
 public:
  /// Both must outlive the builder.
  Builder(const spec::Spec& spec, const Inputs& inputs) : spec_(spec), inputs_(inputs) {}

  /// The stage for a target: what S::plan takes. Adds the stage and its needs if they are new.
  template <typename S, typename... Target>
  StageRef<S> require(const Target&... target) {
    Request<S> request = S::plan(*this, target...);
    return {add({&stage_of<S>(), std::string(), record_to_json(std::move(request.params)),
                 record_to_json(std::move(request.places)), std::move(request.needs),
                 std::move(request.subject), request.expected_seconds, std::move(request.group),
                 request.beside})};
  }

  const spec::Spec& spec() const { return spec_; }
  const Inputs& inputs() const { return inputs_; }

  std::vector<PlannedStage> take() { return std::move(stages_); }

 private:
  std::size_t add(PlannedStage planned);

  const spec::Spec& spec_;
  const Inputs& inputs_;
  std::vector<PlannedStage> stages_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

/// Key of a stage, given an id for each of its needs: their keys during planning, the content of
/// their artefacts during the run.
std::string stage_key(const Stage& stage, const Json& params,
                      const std::vector<std::string>& needs);

/// Key of a stage that is measured beside another one. A stage that is the same as the other, such
/// as a row in which nothing could be quantized, has the other's key.
std::string key_beside(const std::string& key, const std::string& other);

/// "operators_to_quantize=['Add'], per_channel=False": the benchmarked parameters that apply.
std::string in_words(const spec::Cell& cell);

}  // namespace quantbench::plan

#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "quantbench/base/record.h"

namespace quantbench::plan {

/// What a stage says of itself.
struct StageDeclaration {
  /// In keys, in the store and in messages.
  std::string_view name;
  /// One noun phrase: from what it makes what.
  std::string_view summary;
  /// Part of the stage's key. Increase it when the same parameters would give another result, and
  /// when a field changes (tests/data/stages/versions.txt).
  int version = 1;
  /// It makes a directory of files (models), kept in the cache. Other results are kept in the
  /// store.
  bool makes_artefact = false;
  /// An Error of `run` is an error in the user's model or data: it ends the whole run, not only
  /// this row.
  bool errors_are_input_faults = false;
  /// It takes as long as the spec says. Of other stages, earlier runs predict the time better.
  bool takes_the_planned_time = false;
};

/// Parameters, places or result of a stage that has none.
struct Nothing {
  static constexpr auto fields() { return std::tuple<>(); }
};

/// One stage to run, as JSON: what a worker gets.
struct Work {
  Json params = Json::object();
  Json places = Json::object();
  /// For each needed stage, in the order of Request::needs: its result and its artefact directory
  /// (empty if it makes no artefact).
  std::vector<Json> results = {};
  std::vector<std::filesystem::path> artefacts = {};
  /// An empty directory to fill, for stages that make an artefact.
  std::filesystem::path output = {};

  static constexpr auto fields() {
    return std::tuple(field("params", &Work::params), field("places", &Work::places),
                      field("results", &Work::results), field("artefacts", &Work::artefacts),
                      field("output", &Work::output));
  }
};

/// Reports the finished fraction, 0 to 1. Any thread may call it, as often as needed.
using Advance = std::function<void(double share)>;

/// Says something to whoever conducts the stage, and waits for what it is told. nullopt: no more
/// comes, and the stage ends. Empty in a stage without a conductor.
using Exchange = std::function<std::optional<Json>(const Json& said)>;

/// Input of a running stage of type S.
template <typename S>
class Context {
 public:
  /// Throws Error naming the field that is missing or of the wrong type.
  Context(const Work& work, const Advance& advance, const Exchange& conductor = {})
      : params(record_from_json<typename S::Params>(work.params, where("parameters"))),
        places(record_from_json<typename S::Places>(work.places, where("places"))),
        progress(advance),
        exchange(conductor),
        work_(work) {}

  /// The result of the needed stage at this place in Request::needs, which is of type Other.
  template <typename Other>
  typename Other::Result result(std::size_t need) const {
    return record_from_json<typename Other::Result>(work_.results.at(need),
                                                    std::string(Other::kDeclaration.name));
  }
  const std::filesystem::path& artefact(std::size_t need) const { return work_.artefacts.at(need); }
  const std::filesystem::path& output() const { return work_.output; }

  const typename S::Params params;
  const typename S::Places places;
  const Advance& progress;
  const Exchange exchange;

 private:
  static std::string where(const char* part) {
    return std::string(part) + " of " + std::string(S::kDeclaration.name);
  }

  const Work& work_;
};

/// A kind of step from spec to figures, whatever its types. A stage is written as a struct:
///
///     struct Export {
///       static constexpr plan::StageDeclaration kDeclaration{.name = "export", ...};
///       struct Params { ... };  // a record: everything that decides the result, apart from the
///                               // artefacts of other stages. Makes the stage's key.
///       struct Places { ... };  // a record: paths of files, which do not affect the result
///       struct Result { ... };  // a record: what is kept
///       // In the program: what to do for a target of the stage's own kind.
///       static plan::Request<Export> plan(plan::Builder&, ...);
///       // In a worker process. Throws Error; any other end also makes a failed row.
///       static Result run(const plan::Context<Export>&);
///     };
class Stage {
 public:
  virtual ~Stage() = default;
  virtual const StageDeclaration& declaration() const = 0;
  std::string name() const { return std::string(declaration().name); }
  virtual Json run(const Work& work, const Advance& advance, const Exchange& exchange) const = 0;
  /// Runs without a conductor.
  Json run(const Work& work, const Advance& advance) const { return run(work, advance, {}); }
  /// Throws Error when the JSON is not a result of this stage.
  virtual void check_result(const Json& result) const = 0;
  /// Sets to null what is kept in the store and not in memory.
  virtual void drop_large_fields(Json& result) const = 0;
  /// The form of its parameters and its result (quantbench::form).
  virtual std::string form_of_params() const = 0;
  virtual std::string form_of_result() const = 0;
};

template <typename S>
class StageOf final : public Stage {
 public:
  const StageDeclaration& declaration() const override { return S::kDeclaration; }
  Json run(const Work& work, const Advance& advance, const Exchange& exchange) const override {
    return record_to_json(S::run(Context<S>(work, advance, exchange)));
  }
  void check_result(const Json& result) const override {
    record_from_json<typename S::Result>(result, name());
  }
  void drop_large_fields(Json& result) const override {
    without_large_fields<typename S::Result>(result);
  }
  std::string form_of_params() const override { return form<typename S::Params>(); }
  std::string form_of_result() const override { return form<typename S::Result>(); }
};

template <typename S>
const Stage& stage_of() {
  static const StageOf<S> stage;
  return stage;
}

}  // namespace quantbench::plan

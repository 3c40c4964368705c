#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/registry.h"
#include "quantbench/report/document.h"
#include "quantbench/spec/declarations.h"

namespace quantbench::report {

/// Content of a card besides its tables.
enum class Remarks {
  /// Exactly the structure of the reference's cards.
  kNone,
  /// A section at the end: failed and skipped rows, operators quantized and left in float,
  /// warnings,
  /// memory, machine, versions.
  kAtTheEnd
};

/// What the layout of a model card says of itself.
struct CardForm {
  std::string summary;  ///< noun phrase
  /// It shows every row beside an unquantized one, in columns (original) and (optimized).
  bool compares = false;
  /// Times and other figures stand in one table for each input shape.
  bool combined = false;
  /// The form of spec whose card has this layout unless the spec names another.
  std::optional<spec::SpecForm> default_for = std::nullopt;
};

/// The file that a run's directory has of a format.
struct RunFile {
  std::string name;  ///< "results.json"
  /// For people to open, not for programs to read.
  bool for_people = false;
};

/// An output format of a run. One file a format: layouts of the card in card/layouts/, others in
/// layouts/.
class Layout {
 public:
  virtual ~Layout() = default;
  /// Throws Error if the run lacks something that the layout needs, such as an original.
  virtual std::string render(const Document& result, Remarks remarks) const = 0;
  /// Of layouts of the card.
  virtual std::optional<CardForm> card() const { return std::nullopt; }
  /// Of formats that every run writes into its directory, if this build can render them.
  virtual std::optional<RunFile> run_file() const { return std::nullopt; }
};

using LayoutRegistry = Registry<Layout>;
void register_builtin_layouts(LayoutRegistry& registry);
LayoutRegistry& layouts();

/// Names of the layouts of the card, sorted.
std::vector<std::string> card_layouts();
/// The layout of a card whose spec has that form. Throws Error if no layout is its default.
std::string card_layout_for(spec::SpecForm form);
/// Throws Error if there is no layout of the card with that name, with the nearest name.
CardForm card_form(const std::string& layout);

}  // namespace quantbench::report

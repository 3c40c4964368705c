#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/report/card/import/card_table.h"
#include "quantbench/report/card/import/card_text.h"

namespace quantbench::report {

/// The parts of a card, before their meaning for a run is known.
struct ParsedCard {
  std::vector<std::string> front_matter;  ///< lines between the rules
  std::vector<std::string> metrics;       ///< of the front matter
  std::vector<std::string> tags;

  std::vector<std::string> heading;  ///< lines
  std::string task;
  std::optional<Json> backend;
  std::optional<Json> backend_args;
  std::optional<Json> samples;

  Json fixed = Json::object();
  std::map<std::string, std::string> forms;  ///< see CardStyle::forms
  Json benchmarked = Json::object();
  std::size_t benchmarked_line = 0;

  bool combined = false;
  std::optional<Json> duration;
  std::optional<CardTable> figures;  ///< "Non-time metrics"
  struct Block {
    std::int64_t batch_size = 0;
    std::int64_t input_length = 0;
    std::size_t gap = 0;  ///< empty lines before it
    CardTable table;
  };
  std::vector<Block> blocks;
  std::string remarks;  ///< from "# Remarks" on
};

/// Throws Error "name:line: ..." at the first line that does not belong to a card.
ParsedCard parse_card(const CardText& text, const std::string& name);

}  // namespace quantbench::report

#include "quantbench/dataset/json_lines.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::dataset {

std::unique_ptr<RowTable> read_json_lines(const TextFile& file) {
  auto table = std::make_unique<RowTable>();
  const std::string_view text = file.text();
  std::size_t number = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = trim(text.substr(start, end - start));
    start = end + 1;
    ++number;
    if (line.empty()) continue;
    Json row;
    try {
      row = parse_json(line, file.path());
    } catch (const Error& error) {
      throw Error(error.problem(), file.place(number), "each line is one JSON object");
    }
    table->add(std::move(row), file.place(number), number);
  }
  return table;
}

}  // namespace quantbench::dataset

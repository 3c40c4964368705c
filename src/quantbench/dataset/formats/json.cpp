#include <algorithm>
#include <utility>

#include "quantbench/base/python_json.h"
#include "quantbench/dataset/json_rows.h"

namespace quantbench::dataset {

namespace {

/// Whether a .json file contains JSON lines, as `datasets` writes them: the first line is a
/// complete object, and more text follows.
bool is_json_lines(std::string_view text) {
  const std::size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const std::string_view body = text.substr(start);
  const std::size_t end = body.find('\n');
  return body.starts_with('{') && end != std::string_view::npos &&
         body.find_first_not_of(" \t\r\n", end) != std::string_view::npos &&
         is_python_json(body.substr(0, end));
}

/// An array of objects, also under "data"; SQuAD's nested files; or JSON lines.
class JsonFile : public Format {
 public:
  std::vector<std::string> extensions() const override { return {".json"}; }

  std::unique_ptr<Table> open(const std::filesystem::path& path,
                              std::size_t max_rows) const override {
    auto file = std::make_shared<TextFile>(path);
    if (is_json_lines(file->text())) return open_json_lines(std::move(file), max_rows);
    return open_json_document(std::move(file), max_rows);
  }
};

}  // namespace

void register_json(FormatRegistry& registry) { registry.add("json", std::make_unique<JsonFile>()); }

}  // namespace quantbench::dataset

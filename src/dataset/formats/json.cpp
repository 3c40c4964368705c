#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/dataset/json_lines.h"
#include "quantbench/dataset/squad.h"

namespace quantbench::dataset {

namespace {

/// Whether a .json file is JSON lines: `datasets` writes those under this extension. So it is when
/// the first line is an object by itself and more follows.
bool is_json_lines(std::string_view text) {
  const std::string_view body = trim(text);
  const std::size_t end = body.find('\n');
  return body.starts_with('{') && end != std::string_view::npos &&
         Json::accept(body.substr(0, end));
}

/// An array of objects, the same under "data", SQuAD's nested files, or JSON lines.
class JsonFile : public Format {
 public:
  std::vector<std::string> extensions() const override { return {".json"}; }

  std::unique_ptr<Table> open(const std::filesystem::path& path) const override {
    const TextFile file(path);
    if (is_json_lines(file.text())) return read_json_lines(file);
    Json document = parse_json(file.text(), file.path());
    if (document.is_object() && document.contains("data")) {
      // Moved out first: assigning a part of a value to the value would drop it half-way.
      Json data = std::move(document["data"]);
      document = std::move(data);
    }
    if (is_squad(document)) return flatten_squad(document, file.path());
    if (!document.is_array()) {
      throw Error("no rows in this JSON file", file.path(),
                  "expected a list of objects, {\"data\": [...]} or one object a line");
    }
    auto table = std::make_unique<RowTable>();
    for (std::size_t i = 0; i < document.size(); ++i) {
      table->add(std::move(document[i]), file.path() + ": row " + std::to_string(i + 1));
    }
    return table;
  }
};

}  // namespace

void register_json(FormatRegistry& registry) { registry.add("json", std::make_unique<JsonFile>()); }

}  // namespace quantbench::dataset

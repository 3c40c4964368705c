#include "quantbench/base/json_events.h"

#include <cstddef>

#include "quantbench/base/json.h"
#include "quantbench/base/json_text.h"
#include "quantbench/base/python_json.h"

namespace quantbench {

namespace {

/// The parser's own interface, told to JsonEvents.
struct Walker {
  using string_t = Json::string_t;
  std::string_view text;
  JsonEvents& events;
  const std::string& where;

  bool null() { return events.scalar(); }
  bool boolean(bool) { return events.scalar(); }
  bool number_integer(Json::number_integer_t) { return events.scalar(); }
  bool number_unsigned(Json::number_unsigned_t) { return events.scalar(); }
  bool number_float(Json::number_float_t, const string_t&) { return events.scalar(); }
  bool string(string_t&) { return events.scalar(); }
  bool binary(Json::binary_t&) { return events.scalar(); }
  bool key(string_t& name) { return events.key(name); }
  bool start_object(std::size_t) { return events.start_object(); }
  bool end_object() { return events.end_object(); }
  bool start_array(std::size_t) { return events.start_array(); }
  bool end_array() { return events.end_array(); }
  [[noreturn]] bool parse_error(std::size_t byte, const std::string&,
                                const nlohmann::json::exception& refusal) {
    refuse_json(text, byte, refusal, where);
  }
};

/// A text that Python may have written, which tells of its progress.
class ReportingText {
 public:
  ReportingText(std::string_view text, std::size_t offset, JsonEvents& events)
      : start_(text.data()),
        text_(text, offset),
        next_(text.data() + offset + kStep),
        events_(events) {}

  const char& current() const { return text_.current(); }
  void advance() {
    text_.advance();
    if (text_.at() < next_) return;
    events_.passed(static_cast<std::size_t>(text_.at() - start_));
    next_ += kStep;
  }
  const char* at() const { return text_.at(); }

 private:
  static constexpr std::ptrdiff_t kStep = std::ptrdiff_t{1} << 20;

  const char* start_;
  PythonJsonText text_;
  const char* next_;
  JsonEvents& events_;
};

}  // namespace

void walk_json(std::string_view text, JsonEvents& events, const std::string& where) {
  Walker walker{text, events, where};
  ReportingText from(text, 0, events);
  ReportingText to(text, text.size(), events);
  Json::sax_parse(JsonCharacters(from), JsonCharacters(to), &walker);
}

}  // namespace quantbench

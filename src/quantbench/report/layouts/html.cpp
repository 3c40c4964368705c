#include <memory>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/report/html/assets.h"
#include "quantbench/report/html/escape.h"
#include "quantbench/report/html/page_data.h"
#include "quantbench/report/registry.h"

namespace quantbench::report {

namespace {

std::string element(const char* tag, std::string_view content) {
  return std::string("<") + tag + ">" + std::string(content) + "</" + tag + ">\n";
}

/// The report for a browser: one file that loads nothing. All user text is JSON and enters the page
/// as text. The content security policy forbids every connection. Vega compiles its expressions, so
/// 'unsafe-eval' is needed.
class Html : public Layout {
 public:
  std::optional<RunFile> run_file() const override {
    if (!html::has_charts()) return std::nullopt;
    return RunFile{.name = "report.html", .for_people = true};
  }

  std::string render(const Document& result, Remarks /*remarks*/) const override {
    if (!html::has_charts()) {
      throw Error("this quantbench was built without the chart libraries", "--format html",
                  "run scripts/bootstrap, then configure and build again");
    }
    const Json data = html::page_data(result);
    std::string page =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src data: blob:\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n";
    page += element("title", html::escape(data["task"].get<std::string>() + ": " +
                                          data["model"].get<std::string>() + " - quantbench"));
    page += element("style", html::asset("page.css"));
    page += "</head>\n<body>\n" + std::string(html::asset("body.html"));
    for (const char* library : {"vega", "vega-lite", "vega-embed"}) {
      page += "<script type=\"text/plain\">" +
              std::string(html::asset(std::string("LICENSE.") + library)) + "</script>\n";
      page += element("script", html::asset(std::string(library) + ".min.js"));
    }
    page +=
        "<script type=\"application/json\" id=\"data\">" + html::script_json(data) + "</script>\n";
    for (const char* script : {"answer.js", "charts.js", "table.js", "streams.js", "search.js",
                               "machines.js", "page.js"})
      page += element("script", html::asset(script));
    return page + "</body>\n</html>\n";
  }
};

}  // namespace

void register_html(LayoutRegistry& registry) { registry.add("html", std::make_unique<Html>()); }

}  // namespace quantbench::report

#pragma once

#include <string>
#include <string_view>

#include "quantbench/base/json.h"

namespace quantbench::report::html {

/// Text for an element or a quoted attribute: & < > " ' as entities, control
/// characters shown (base/utf8.h).
std::string escape(std::string_view text);

/// JSON for the inside of a <script> element. `<`, `>`, `&`, U+2028 and U+2029 become \u escapes,
/// so that no string in it can end the element or open a comment (HTML Standard, 4.12.1.3,
/// "Restrictions for contents of script elements"). Control characters in texts are shown, except
/// line breaks: none reorders what stands on the page.
std::string script_json(const Json& value);

}  // namespace quantbench::report::html

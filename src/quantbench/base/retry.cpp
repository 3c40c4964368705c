#include "quantbench/base/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <thread>

#include "quantbench/base/url.h"

namespace quantbench {

using std::chrono::milliseconds;

bool is_passing_status(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

std::optional<std::int64_t> http_date(const std::string& text) {
  const std::time_t date = text.empty() ? -1 : curl_getdate(text.c_str(), nullptr);
  if (date == -1) return std::nullopt;
  return date;
}

milliseconds retry_after(const HttpResponse& response) {
  const std::string& value = response.header("retry-after");
  long seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc() && end == value.data() + value.size() && seconds >= 0) {
    return std::chrono::seconds(std::min(seconds, 1000000L));
  }
  const std::int64_t now = std::time(nullptr);
  const std::int64_t date = http_date(value).value_or(now);
  return std::chrono::seconds(std::clamp<std::int64_t>(date - now, 0, 1000000));
}

void wait_unless(milliseconds wait, const std::function<bool()>& cancelled) {
  const auto until = std::chrono::steady_clock::now() + wait;
  while (std::chrono::steady_clock::now() < until) {
    if (cancelled && cancelled()) throw Interrupted();
    std::this_thread::sleep_for(std::min(wait, milliseconds(50)));
  }
}

std::string without_secrets(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (const std::string& form : {secret, percent_encoded(secret)}) {
      for (std::size_t at = 0; (at = text.find(form, at)) != std::string::npos; at += 3) {
        text.replace(at, form.size(), "***");
      }
    }
  }
  return text;
}

}  // namespace quantbench

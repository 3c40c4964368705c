#include "quantbench/hub/backoff.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <thread>

#include "quantbench/hub/url.h"

namespace quantbench::hub {

namespace {

using std::chrono::milliseconds;

/// Waits longer than this are announced.
constexpr milliseconds kSilentWait{2000};

/// What Retry-After asks for: seconds or a date; 0 when there is none.
milliseconds retry_after(const HttpResponse& response) {
  const std::string& value = response.header("retry-after");
  long seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc() && end == value.data() + value.size() && seconds >= 0) {
    return std::chrono::seconds(std::min(seconds, 1000000L));
  }
  const std::time_t date = value.empty() ? -1 : curl_getdate(value.c_str(), nullptr);
  const std::time_t now = std::time(nullptr);
  return date > now ? std::chrono::seconds(std::min<std::time_t>(date - now, 1000000))
                    : milliseconds(0);
}

void sleep_for(milliseconds wait, const Options& options) {
  if (options.sleep) return options.sleep(wait);
  const auto until = std::chrono::steady_clock::now() + wait;
  while (std::chrono::steady_clock::now() < until) {
    if (options.cancelled()) throw Interrupted();
    std::this_thread::sleep_for(std::min(wait, milliseconds(50)));
  }
}

}  // namespace

bool is_passing_status(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

void Backoff::wait_after(const HttpResponse& response) {
  const bool limited = response.status == 429;
  wait(limited ? "the Hub allows no more requests for now (429)"
               : fmt::format("the Hub fails ({})", response.status),
       retry_after(response),
       limited ? "try again later; with a token in HF_TOKEN more are allowed" : "try again later");
}

void Backoff::wait_after(const TransferError& error) {
  const std::string reason =
      "no answer from " + printable_url(options_.settings.endpoint) + ": " + error.problem();
  if (!error.passing()) throw Unreachable(reason, {}, error.hint());
  wait(reason, milliseconds(0), "check the network, HF_ENDPOINT and the proxy settings");
}

void Backoff::wait(const std::string& reason, milliseconds asked, const std::string& hint) {
  const Settings& settings = options_.settings;
  if (asked > settings.longest_retry_after) {
    throw Unreachable(fmt::format("{}, and asks to wait {} s", reason, asked.count() / 1000), {},
                      hint);
  }
  if (tries_ >= retries_) throw Unreachable(reason, {}, hint);
  milliseconds wait = asked;
  if (wait == milliseconds(0)) {
    wait = std::min(settings.longest_wait, settings.first_wait * (1 << std::min(tries_, 20)));
  }
  ++tries_;
  if (wait > kSilentWait && options_.on_warning) {
    options_.on_warning(fmt::format("{}; trying again in {} s", reason, wait.count() / 1000));
  }
  sleep_for(wait, options_);
}

}  // namespace quantbench::hub

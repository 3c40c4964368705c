#include "quantbench/hub/backoff.h"

#include <fmt/format.h>

#include <algorithm>

#include "quantbench/base/retry.h"
#include "quantbench/base/url.h"

namespace quantbench::hub {

namespace {

using std::chrono::milliseconds;

/// Waits longer than this are announced.
constexpr milliseconds kSilentWait{2000};

constexpr const char* kCheckNetwork = "check the network, HF_ENDPOINT and the proxy settings";

void sleep_for(milliseconds wait, const Options& options) {
  if (options.sleep) return options.sleep(wait);
  wait_unless(wait, [&options] { return options.cancelled(); });
}

}  // namespace

void Backoff::wait_after(const HttpResponse& response) {
  const bool limited = response.status == 429;
  wait(limited ? "the Hub allows no more requests for now (429)"
               : fmt::format("the Hub fails ({})", response.status),
       retry_after(response),
       limited ? "try again later; with a token in HF_TOKEN more are allowed" : "try again later");
}

std::string Backoff::reason_of(const TransferError& error) const {
  return "no answer from " + printable_url(options_.settings.endpoint) + ": " + error.problem();
}

void Backoff::wait_after(const TransferError& error) {
  if (!error.passing()) throw Unreachable(reason_of(error), {}, error.hint());
  wait(reason_of(error), milliseconds(0), kCheckNetwork);
}

void Backoff::give_up(const TransferError& error) const {
  throw Unreachable(reason_of(error), {}, kCheckNetwork);
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

#include "quantbench/runtime/onnxruntime/forward_limit.h"

#include <algorithm>

namespace quantbench::runtime {

namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

ForwardLimit::~ForwardLimit() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

/// Sleeps until the first of the runs must have ended. A run that begins wakes the thread only when
/// it must end before that, so that a loop of short runs costs it nothing.
void ForwardLimit::wait() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (next_look_ == Clock::time_point::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, next_look_);
    }
    const auto now = Clock::now();
    next_look_ = Clock::time_point::max();
    for (Watch* watch : watches_) {
      if (watch->expired_) continue;
      if (watch->end_ <= now) {
        watch->expired_ = true;
        watch->run_.SetTerminate();
      } else {
        next_look_ = std::min(next_look_, watch->end_);
      }
    }
  }
}

ForwardLimit::Watch::Watch(ForwardLimit& limit, Ort::RunOptions& run,
                           std::chrono::milliseconds longest)
    : limit_(limit), run_(run), end_(Clock::now() + longest) {
  bool sooner = false;
  {
    const std::scoped_lock lock(limit.mutex_);
    place_ = limit.watches_.insert(limit.watches_.end(), this);
    sooner = end_ < limit.next_look_;
    if (sooner) limit.next_look_ = end_;
    if (!limit.thread_.joinable()) limit.thread_ = std::thread([&limit] { limit.wait(); });
  }
  if (sooner) limit.changed_.notify_all();
}

ForwardLimit::Watch::~Watch() {
  const std::scoped_lock lock(limit_.mutex_);
  limit_.watches_.erase(place_);
  if (expired_) run_.UnsetTerminate();
}

bool ForwardLimit::Watch::expired() const {
  const std::scoped_lock lock(limit_.mutex_);
  return expired_;
}

}  // namespace quantbench::runtime

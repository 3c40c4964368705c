#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace quantbench {

/// Passes items from producer threads to consumer threads, in order. At most `capacity` items wait,
/// so producers cannot run ahead.
template <typename T>
class Channel {
 public:
  explicit Channel(std::size_t capacity) : capacity_(capacity) {}

  /// Waits while the channel is full. False: the channel is closed and the item was not taken.
  bool push(T item) {
    std::unique_lock lock(lock_);
    changed_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }

  /// Waits while the channel is empty. nullopt: the channel is closed and empty.
  std::optional<T> pop() {
    std::unique_lock lock(lock_);
    changed_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    changed_.notify_all();
    return item;
  }

  /// Ends the input. Waiting items can still be popped.
  void close() {
    const std::scoped_lock lock(lock_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::size_t capacity_;
  std::deque<T> items_;
  bool closed_ = false;
  std::mutex lock_;
  std::condition_variable changed_;
};

}  // namespace quantbench

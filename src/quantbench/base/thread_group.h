#pragma once

#include <cstddef>
#include <functional>
#include <future>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace quantbench {

// Threads where the system may have no more of them (a limit on processes or on memory): that is an
// answer here, where std::thread throws while other threads still run, which ends the program.

/// Threads that run until their bodies return; the destructor waits for them.
class ThreadGroup {
 public:
  ThreadGroup() = default;
  ~ThreadGroup() { join(); }
  ThreadGroup(const ThreadGroup&) = delete;
  ThreadGroup& operator=(const ThreadGroup&) = delete;

  /// Starts up to `count` threads that call `body`, which must not throw. Gives the number of
  /// threads that the system started; it may be 0.
  std::size_t start(std::size_t count, const std::function<void()>& body);
  void join();

 private:
  std::vector<std::thread> threads_;
};

/// std::async on a thread of its own; where the system starts none, `body` runs when its result is
/// asked for.
template <typename Body>
auto run_beside(Body&& body) {
  try {
    return std::async(std::launch::async, body);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, std::forward<Body>(body));
  }
}

}  // namespace quantbench

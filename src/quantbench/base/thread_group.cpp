#include "quantbench/base/thread_group.h"

#include <exception>

namespace quantbench {

std::size_t ThreadGroup::start(std::size_t count, const std::function<void()>& body) {
  threads_.reserve(threads_.size() + count);
  for (std::size_t started = 0; started < count; ++started) {
    try {
      threads_.emplace_back(body);
    } catch (const std::exception&) {  // no more threads, or no memory for one
      return started;
    }
  }
  return count;
}

void ThreadGroup::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace quantbench

#pragma once

#include <onnxruntime_cxx_api.h>

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

namespace quantbench::runtime {

/// Ends forwards that take too long: a `Loop` of a stranger's model may run for ever. ONNX Runtime
/// looks at the flag that ends a run between two operators, those inside a loop included.
class ForwardLimit {
 public:
  ForwardLimit() = default;
  ~ForwardLimit();
  ForwardLimit(const ForwardLimit&) = delete;
  ForwardLimit& operator=(const ForwardLimit&) = delete;

  /// Watches a run from its construction to its destruction.
  class Watch {
   public:
    Watch(ForwardLimit& limit, Ort::RunOptions& run, std::chrono::milliseconds longest);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// Whether the run was ended.
    bool expired() const;

   private:
    friend class ForwardLimit;
    ForwardLimit& limit_;
    Ort::RunOptions& run_;
    std::chrono::steady_clock::time_point end_;
    bool expired_ = false;
    std::list<Watch*>::iterator place_;
  };

 private:
  void wait();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Watch*> watches_;
  /// When the thread looks again.
  std::chrono::steady_clock::time_point next_look_ = std::chrono::steady_clock::time_point::max();
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace quantbench::runtime

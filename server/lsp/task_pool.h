// Runs tasks away from the reader thread. Tasks get values only.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace autofix::lsp {

/// Threads start when they are first needed: an editor that never asks for a fix never pays for them.
class TaskPool {
 public:
  explicit TaskPool(std::size_t most_threads = 4) : most_threads_(most_threads) {}
  /// Waits for the tasks under way; those that have not begun are dropped.
  ~TaskPool();
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  void run(std::function<void()> task);

 private:
  void work();

  std::size_t most_threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  std::size_t idle_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace autofix::lsp

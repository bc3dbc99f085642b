#include "providers/watchdog.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace autofix::providers {

GuardedSocket::~GuardedSocket() {
  if (duplicate_ >= 0) close(duplicate_);
}

void GuardedSocket::capture(int descriptor) {
  const std::lock_guard lock(mutex_);
  if (duplicate_ >= 0) close(duplicate_);
  duplicate_ = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  // The library does not ask for it, and a verifier's child must not inherit a provider's socket.
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  if (shut_down_ && duplicate_ >= 0) shutdown(duplicate_, SHUT_RDWR);
}

void GuardedSocket::shut_down() {
  const std::lock_guard lock(mutex_);
  shut_down_ = true;
  if (duplicate_ >= 0) shutdown(duplicate_, SHUT_RDWR);
}

void GuardedSocket::rearm() {
  const std::lock_guard lock(mutex_);
  shut_down_ = false;
}

bool GuardedSocket::is_shut_down() const {
  const std::lock_guard lock(mutex_);
  return shut_down_;
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (entries_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const SteadyTime first = entries_.begin()->first;
    if (first > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, first);
      continue;
    }
    // Under the lock, so that the socket cannot go away: its Watch waits for the lock to leave.
    entries_.begin()->second->shut_down();
    entries_.erase(entries_.begin());
  }
}

Watchdog::Watch::Watch(Watchdog& watchdog, GuardedSocket& socket, SteadyTime at)
    : watchdog_(watchdog), entry_(at, &socket) {
  const std::lock_guard lock(watchdog_.mutex_);
  if (!watchdog_.thread_.joinable()) watchdog_.thread_ = std::thread([&watchdog] { watchdog.run(); });
  const bool first = watchdog_.entries_.empty() || entry_ < *watchdog_.entries_.begin();
  watchdog_.entries_.insert(entry_);
  if (first) watchdog_.changed_.notify_one();
}

Watchdog::Watch::~Watch() {
  const std::lock_guard lock(watchdog_.mutex_);
  watchdog_.entries_.erase(entry_);
}

}  // namespace autofix::providers

#include "providers/watchdog.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "providers/socket_count.h"

namespace autofix::providers {
namespace {

/// How often what was read is counted: at a gigabyte per second some fifty megabytes too late.
constexpr Milliseconds kBetweenChecks{50};

}  // namespace

GuardedSocket::~GuardedSocket() {
  if (duplicate_ >= 0) close(duplicate_);
}

void GuardedSocket::capture(int descriptor) {
  const std::lock_guard lock(mutex_);
  if (duplicate_ >= 0) close(duplicate_);
  duplicate_ = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  ++captured_;
  read_before_ = 0;
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
  overrun_ = false;
  allowed_ = UINT64_MAX;
  read_before_ = duplicate_ >= 0 ? bytes_read_from(duplicate_) : 0;
}

bool GuardedSocket::is_shut_down() const {
  const std::lock_guard lock(mutex_);
  return shut_down_;
}

int GuardedSocket::captured() const {
  const std::lock_guard lock(mutex_);
  return captured_;
}

void GuardedSocket::allow(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  allowed_ = bytes;
}

void GuardedSocket::check() {
  const std::lock_guard lock(mutex_);
  if (shut_down_ || duplicate_ < 0) return;
  // A reader that got past its headers waits in allow() for this lock, and so has read little more.
  const std::uint64_t now_read = bytes_read_from(duplicate_);
  if (now_read <= read_before_ || now_read - read_before_ <= allowed_) return;
  overrun_ = true;
  shut_down_ = true;
  shutdown(duplicate_, SHUT_RDWR);
}

bool GuardedSocket::has_overrun() const {
  const std::lock_guard lock(mutex_);
  return overrun_;
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
  bool was_empty = false;
  while (!ending_) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (entries_.empty()) {
      // One more look before the long sleep: calls come one after the other, and waking up costs more than
      // looking.
      waking_at_ = was_empty ? SteadyTime::max() : now + kBetweenChecks;
      if (was_empty) {
        changed_.wait(lock);
      } else {
        changed_.wait_until(lock, waking_at_);
      }
      was_empty = !was_empty && entries_.empty();
      continue;
    }
    was_empty = false;
    const SteadyTime first = entries_.begin()->first;
    if (first > now) {
      // Under the lock, so that the sockets cannot go away: their Watches wait for the lock to leave.
      for (const auto& entry : entries_) entry.second->check();
      waking_at_ = std::min(first, now + kBetweenChecks);
      changed_.wait_until(lock, waking_at_);
      continue;
    }
    entries_.begin()->second->shut_down();
    entries_.erase(entries_.begin());
  }
}

Watchdog::Watch::Watch(Watchdog& watchdog, GuardedSocket& socket, SteadyTime at)
    : watchdog_(watchdog), entry_(at, &socket) {
  const std::lock_guard lock(watchdog_.mutex_);
  if (!watchdog_.thread_.joinable()) watchdog_.thread_ = std::thread([&watchdog] { watchdog.run(); });
  insert();
}

void Watchdog::Watch::insert() {
  watchdog_.entries_.insert(entry_);
  if (entry_.first < watchdog_.waking_at_) watchdog_.changed_.notify_one();
}

void Watchdog::Watch::move_to(SteadyTime at) {
  const std::lock_guard lock(watchdog_.mutex_);
  if (watchdog_.entries_.erase(entry_) == 0) return;
  entry_.first = at;
  insert();
}

bool Watchdog::Watch::fired() const {
  const std::lock_guard lock(watchdog_.mutex_);
  return !watchdog_.entries_.contains(entry_);
}

Watchdog::Watch::~Watch() {
  const std::lock_guard lock(watchdog_.mutex_);
  watchdog_.entries_.erase(entry_);
}

}  // namespace autofix::providers

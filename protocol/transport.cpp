#include "protocol/transport.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace autofix::protocol {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;
/// A pipe that is ready takes this many bytes without blocking (POSIX PIPE_BUF on Linux).
constexpr std::size_t kWriteBytes = 4096;
constexpr auto kDrainTime = std::chrono::seconds(1);

void raise_event(int event) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(event, &one, sizeof one);
}

}  // namespace

Transport::Transport(int input, int output)
    : input_(input),
      output_(output),
      wake_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      end_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      writer_([this] { write_all(); }) {}

Transport::~Transport() {
  {
    std::unique_lock lock(mutex_);
    drained_.wait_for(lock, kDrainTime, [this] { return broken_ || (queue_.empty() && !writing_); });
    ending_ = true;
  }
  raise_event(end_event_);
  queued_.notify_all();
  writer_.join();
  close(wake_event_);
  close(end_event_);
  if (process_ >= 0) close(process_);
}

void Transport::send(std::string body) {
  {
    const std::lock_guard lock(mutex_);
    if (broken_) return;
    queue_.push_back(frame(body));
  }
  queued_.notify_one();
}

void Transport::wake() {
  raise_event(wake_event_);
}

void Transport::watch_process(int pid) {
#ifdef SYS_pidfd_open
  if (process_ < 0 && pid > 1) process_ = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
#else
  (void)pid;
#endif
}

Transport::Event Transport::next() {
  std::array<char, kReadBytes> chunk;
  while (true) {
    if (auto frame = frames_.next()) {
      if (*frame) return std::move(**frame);
      return std::move(frame->error());
    }
    if (input_closed_) return Closed{};
    std::array<pollfd, 3> sources = {pollfd{input_, POLLIN, 0}, pollfd{wake_event_, POLLIN, 0},
                                     pollfd{process_, POLLIN, 0}};
    if (poll(sources.data(), sources.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return Closed{};
    }
    if (sources[1].revents != 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t taken = read(wake_event_, &count, sizeof count);
      const std::lock_guard lock(mutex_);
      if (broken_) return Closed{};
      return Woken{};
    }
    if (sources[2].revents != 0) return Closed{};
    if (sources[0].revents == 0) continue;
    const ssize_t count = read(input_, chunk.data(), chunk.size());
    if (count > 0) {
      frames_.feed({chunk.data(), static_cast<std::size_t>(count)});
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
      input_closed_ = true;
    }
  }
}

void Transport::write_all() {
  std::unique_lock lock(mutex_);
  while (true) {
    queued_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty() || (ending_ && broken_)) return;
    const std::string message = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    lock.unlock();
    const bool written = write_message(message);
    lock.lock();
    writing_ = false;
    if (!written) {
      broken_ = true;
      queue_.clear();
      drained_.notify_all();
      raise_event(wake_event_);
      return;
    }
    if (queue_.empty()) drained_.notify_all();
  }
}

bool Transport::write_message(std::string_view bytes) {
  while (!bytes.empty()) {
    std::array<pollfd, 2> targets = {pollfd{output_, POLLOUT, 0}, pollfd{end_event_, POLLIN, 0}};
    if (poll(targets.data(), targets.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    if (targets[0].revents == 0) return false;  // the transport ends, and the client does not read
    const ssize_t count = write(output_, bytes.data(), std::min(bytes.size(), kWriteBytes));
    if (count < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace autofix::protocol

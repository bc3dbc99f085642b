#include "server/verify/run_command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "server/verify/capped_output.h"
#include "server/verify/child.h"
#include "server/verify/child_environment.h"
#include "server/verify/session.h"
#include "server/verify/view.h"

namespace autofix::verify {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kGrace{500};         // between SIGTERM and SIGKILL
constexpr milliseconds kUnkillable{5'000};  // after that, a process stuck in the kernel is given up
constexpr milliseconds kTick{5};            // how often we look whether the rest of the group is gone
constexpr milliseconds kLongest{60'000};    // one wait; poll's milliseconds are an int

/// Watches one child from its start until nothing of it is left.
class Watch {
 public:
  Watch(Child child, const CommandLimits& limits, std::stop_token stop, int wake)
      : child_(std::move(child)),
        deadline_(limits.deadline),
        stop_(std::move(stop)),
        wake_(wake),
        output_(limits.max_output_bytes),
        most_output_bytes_(limits.most_output_bytes) {
#ifdef SYS_pidfd_open
    exit_ = fix::Descriptor(static_cast<int>(syscall(SYS_pidfd_open, child_.pid, 0)));
#endif
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Whatever throws meanwhile, nothing stays behind.
  ~Watch() {
    if (reaped_) return;
    signal_session(child_.pid, SIGKILL);
    reap(0);
  }

  /// The failure when the child never became the command.
  std::optional<ChildReport> run() {
    while (!finished()) {
      wait();
      for (int chunks = 0; chunks < 16 && read_output(); ++chunks) {
      }
      read_report();
    }
    // What is still in the pipe; somebody outside the group may hold it open and even fill it further.
    for (int chunks = 0; chunks < 64 && read_output(); ++chunks) {
    }
    read_report();
    return failure_;
  }

  CommandResult result() {
    CommandResult result;
    int status = reap(exited_ ? 0 : WNOHANG);
    if (command_status_) status = *command_status_;
    if (WIFSIGNALED(status)) {
      result.end = CommandResult::End::signalled;
      result.exit_status = WTERMSIG(status);
    } else {
      result.exit_status = WEXITSTATUS(status);
    }
    if (cause_) result.end = *cause_;
    result.limit = limit_;
    result.output = output_.take();
    return result;
  }

 private:
  /// Moves on to SIGTERM and SIGKILL when it is time; true once nobody is left.
  bool finished() {
    const Clock::time_point now = Clock::now();
    if (!exited_) exited_ = has_exited();
    if (!exited_ && !cause_) {
      if (stop_.stop_requested()) {
        cause_ = CommandResult::End::cancelled;
      } else if (most_output_bytes_ > 0 && output_bytes_ > most_output_bytes_) {
        cause_ = CommandResult::End::over_limit;
        limit_ = "it printed more than " + std::to_string(most_output_bytes_ >> 20U) + " MiB";
      } else if (now >= deadline_) {
        cause_ = CommandResult::End::timed_out;
      }
    }
    if (exited_ && live_groups(child_.pid).empty()) return true;
    if ((exited_ || cause_) && !terminated_at_) {
      terminated_at_ = now;
      signal_session(child_.pid, SIGTERM);
      signal_session(child_.pid, SIGCONT);  // a stopped process acts on the first signal only now
    }
    if (!terminated_at_ || now < *terminated_at_ + kGrace) return false;
    signal_session(child_.pid, SIGKILL);
    return now >= *terminated_at_ + kUnkillable;
  }

  void wait() {
    std::array<pollfd, 4> sources{{
        {child_.output.get(), POLLIN, 0},
        {child_.report.get(), POLLIN, 0},
        {exited_ ? -1 : exit_.get(), POLLIN, 0},
        {cause_ || exited_ ? -1 : wake_, POLLIN, 0},
    }};
    poll(sources.data(), sources.size(), static_cast<int>(longest_wait().count()));
  }

  milliseconds longest_wait() const {
    const Clock::time_point now = Clock::now();
    if (exited_ || (terminated_at_ && now >= *terminated_at_ + kGrace)) return kTick;
    const Clock::time_point next = terminated_at_ ? *terminated_at_ + kGrace : deadline_;
    const milliseconds limit = exit_ ? kLongest : kTick;
    if (next <= now) return milliseconds(0);
    if (next - now >= limit) return limit;
    return std::chrono::ceil<milliseconds>(next - now);
  }

  bool has_exited() const {
    siginfo_t information{};
    while (waitid(P_PID, static_cast<id_t>(child_.pid), &information, WEXITED | WNOHANG | WNOWAIT) != 0) {
      if (errno != EINTR) return true;  // somebody else reaped it: there is nothing to wait for
    }
    return information.si_pid == child_.pid;
  }

  /// True when there may be more at once.
  bool read_output() {
    if (!child_.output) return false;
    const ssize_t count = read(child_.output.get(), buffer_.data(), buffer_.size());
    if (count > 0) {
      output_bytes_ += static_cast<std::uint64_t>(count);
      output_.add({buffer_.data(), static_cast<std::size_t>(count)});
      return true;
    }
    if (count < 0 && errno == EINTR) return true;
    if (count == 0 || errno != EAGAIN) child_.output = fix::Descriptor();
    return false;
  }

  void read_report() {
    while (child_.report) {
      ChildReport report;
      const ssize_t count = read(child_.report.get(), &report, sizeof report);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count == static_cast<ssize_t>(sizeof report)) {
        take(report);
      } else {
        child_.report = fix::Descriptor();
      }
    }
  }

  void take(const ChildReport& report) {
    switch (report.kind) {
      case ChildReport::Kind::ended:
        command_status_ = report.value;
        return;
      case ChildReport::Kind::too_many_processes:
        cause_ = CommandResult::End::over_limit;
        limit_ = "it ran " + std::to_string(report.value) + " processes at once";
        return;
      case ChildReport::Kind::too_much_memory:
        cause_ = CommandResult::End::over_limit;
        limit_ = "it used " + std::to_string(report.value) + " MiB of memory";
        return;
      default:
        failure_ = report;
    }
  }

  int reap(int flags) {
    int status = 0;
    pid_t pid = 0;
    do {
      pid = waitpid(child_.pid, &status, flags);
    } while (pid < 0 && errno == EINTR);
    reaped_ = true;
    // Without a status nothing may look like success.
    return pid == child_.pid ? status : W_EXITCODE(255, 0);
  }

  Child child_;
  Clock::time_point deadline_;
  std::stop_token stop_;
  int wake_;
  fix::Descriptor exit_;
  CappedOutput output_;
  std::array<char, 65'536> buffer_{};
  std::optional<ChildReport> failure_;
  std::optional<int> command_status_;  // a sandbox's first process ends with another one
  std::uint64_t most_output_bytes_;
  std::uint64_t output_bytes_ = 0;
  std::string limit_;
  std::optional<CommandResult::End> cause_;
  std::optional<Clock::time_point> terminated_at_;
  bool exited_ = false;
  bool reaped_ = false;
};

std::optional<std::string> unfit(const Command& command) {
  if (command.argv.empty() || command.argv.front().empty()) return "there is no command to run";
  for (const std::string& word : command.argv) {
    if (word.find('\0') != std::string::npos) return "the command holds a NUL byte";
  }
  return std::nullopt;
}

}  // namespace

tl::expected<CommandResult, std::string> run_command(const Command& command,
                                                     const std::filesystem::path& folder,
                                                     const CommandLimits& limits,
                                                     const std::vector<std::string>& hidden_variables,
                                                     std::stop_token stop, const Sandbox* sandbox) {
  if (auto reason = unfit(command)) return tl::unexpected(std::move(*reason));
  if (stop.stop_requested()) return CommandResult{CommandResult::End::cancelled, 0, {}};
  if (Clock::now() >= limits.deadline) return CommandResult{CommandResult::End::timed_out, 0, {}};

  const fix::Descriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) {
    return tl::unexpected("cannot start a process: " + std::generic_category().message(errno));
  }
  std::vector<std::string> environment = child_environment(hidden_variables);
  if (sandbox != nullptr) environment = environment_in_view(std::move(environment));
  auto child = start_child(command.argv, folder, environment, sandbox);
  if (!child) return tl::unexpected(std::move(child.error()));

  Watch watch(std::move(*child), limits, stop, wake.get());
  const std::stop_callback on_stop(stop, [number = wake.get()] { eventfd_write(number, 1); });
  if (const auto failure = watch.run()) {
    return tl::unexpected(describe(*failure, command.argv.front(), folder, sandbox));
  }
  return watch.result();
}

}  // namespace autofix::verify

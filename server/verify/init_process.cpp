#include "server/verify/init_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace autofix::verify {
namespace {

constexpr long kTickNanoseconds = 20'000'000;
/// Reaped at a stretch: a fork bomb's children end as fast as they can be reaped, and it has to be looked at.
constexpr int kMostReaped = 64;

/// What getdents64 writes; the library's own struct differs.
struct Entry {
  std::uint64_t inode;
  std::int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[1];
};

struct Load {
  std::uint64_t memory_bytes = 0;
  unsigned processes = 0;
};

std::uint64_t take_number(const char*& text) {
  std::uint64_t number = 0;
  while (*text >= '0' && *text <= '9') number = number * 10 + static_cast<std::uint64_t>(*text++ - '0');
  while (*text == ' ') ++text;
  return number;
}

/// Resident bytes that are the process's own, of `/proc/N/statm`: size, resident, shared, … in pages.
std::uint64_t memory_of(int proc, const char* number) {
  std::array<char, 64> path{};
  const std::size_t length = std::strlen(number);
  if (length + 7 > path.size()) return 0;
  std::memcpy(path.data(), number, length);
  std::memcpy(path.data() + length, "/statm", 7);
  const int file = openat(proc, path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 128> text{};
  const ssize_t count = read(file, text.data(), text.size() - 1);
  close(file);
  if (count <= 0) return 0;
  const char* at = text.data();
  take_number(at);
  const std::uint64_t resident = take_number(at);
  const std::uint64_t shared = take_number(at);
  return (resident - (shared < resident ? shared : resident)) * static_cast<std::uint64_t>(getpagesize());
}

/// Everything in our pid namespace but this process.
Load measure(bool memory) {
  Load load;
  const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return load;
  alignas(Entry) static std::array<char, 32'768> buffer;  // one process, one thread
  while (true) {
    const long size = syscall(SYS_getdents64, proc, buffer.data(), buffer.size());
    if (size <= 0) break;
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const Entry*>(buffer.data() + at);
      at += entry->length;
      const char* name = entry->name;
      if (*name < '1' || *name > '9' || (name[0] == '1' && name[1] == '\0')) continue;
      ++load.processes;
      if (memory) load.memory_bytes += memory_of(proc, name);
    }
  }
  close(proc);
  return load;
}

void tell(int report, ChildReport::Kind kind, int value) {
  const ChildReport word{kind, value, 0};
  while (write(report, &word, sizeof word) < 0 && errno == EINTR) {
  }
}

std::int64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

bool is_alone(int life) {
  pollfd source{life, POLLIN, 0};
  return poll(&source, 1, 0) > 0;
}

}  // namespace

void be_init(pid_t command, const ResourceLimits& limits, int report, int life) {
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, SIGTERM);
  const timespec tick{0, kTickNanoseconds};
  const timespec at_once{0, 0};
  bool more = false;
  unsigned ticks = 0;
  std::int64_t measured = now();
  while (true) {
    const int signal = sigtimedwait(&awaited, nullptr, more ? &at_once : &tick);
    if (signal == SIGTERM) {
      kill(-1, SIGTERM);
      kill(-1, SIGCONT);
    }
    int status = 0;
    more = true;
    for (int reaped = 0; more && reaped < kMostReaped; ++reaped) {
      const pid_t pid = waitpid(-1, &status, WNOHANG);
      more = pid > 0;
      if (pid != command) continue;
      tell(report, ChildReport::Kind::ended, status);
      _exit(0);
    }
    // By the clock: a fork bomb's children end all the time.
    if (now() - measured < kTickNanoseconds) continue;
    measured = now();
    if (is_alone(life)) _exit(0);
    const Load load = measure(limits.memory_bytes > 0 && ++ticks % 5 == 0);
    if (limits.processes > 0 && load.processes > limits.processes) {
      tell(report, ChildReport::Kind::too_many_processes, static_cast<int>(load.processes));
      _exit(0);
    }
    if (limits.memory_bytes > 0 && load.memory_bytes > limits.memory_bytes) {
      tell(report, ChildReport::Kind::too_much_memory, static_cast<int>(load.memory_bytes >> 20U));
      _exit(0);
    }
  }
}

}  // namespace autofix::verify

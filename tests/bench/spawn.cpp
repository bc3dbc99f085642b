#include "tests/bench/spawn.h"

#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace autofix::bench {

Spawned spawn_with_pipes(std::vector<std::string> argv, std::vector<std::string> environment,
                         const char* error_file) {
  int in[2];
  int out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  if (error_file != nullptr) posix_spawn_file_actions_addopen(&actions, 2, error_file, O_WRONLY, 0);
  environment.emplace_back("PATH=/usr/bin:/bin");
  std::vector<char*> envp;
  for (std::string& variable : environment) envp.push_back(variable.data());
  envp.push_back(nullptr);
  std::vector<char*> arguments;
  for (std::string& argument : argv) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  Spawned child;
  const int failed =
      posix_spawn(&child.pid, argv.at(0).c_str(), &actions, nullptr, arguments.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  child.to_child = in[1];
  child.from_child = out[0];
  if (failed != 0) {
    close(child.to_child);
    close(child.from_child);
    throw std::runtime_error("cannot start " + argv[0]);
  }
  return child;
}

LineChild::LineChild(std::vector<std::string> argv, std::vector<std::string> environment)
    : name_(argv.at(0) + (argv.size() > 1 ? " " + argv.back() : "")),
      child_(spawn_with_pipes(std::move(argv), std::move(environment), nullptr)) {}

LineChild::~LineChild() {
  close(child_.to_child);
  close(child_.from_child);
  waitpid(child_.pid, nullptr, 0);
}

void LineChild::write_line(const std::string& line) const {
  const std::string bytes = line + "\n";
  if (::write(child_.to_child, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error(name_ + " closed its input");
  }
}

std::string LineChild::read_line() {
  while (true) {
    if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    char chunk[65536];
    const ssize_t count = ::read(child_.from_child, chunk, sizeof chunk);
    if (count <= 0) throw std::runtime_error(name_ + " ended");
    buffer_.append(chunk, static_cast<std::size_t>(count));
  }
}

double resident_megabytes(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string word;
  while (status >> word) {
    if (word == "VmRSS:") {
      double kilobytes = 0;
      status >> kilobytes;
      return kilobytes / 1024.0;
    }
  }
  return 0;
}

double cpu_milliseconds(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

}  // namespace autofix::bench

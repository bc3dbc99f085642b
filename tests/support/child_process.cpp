#include "tests/support/child_process.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <stdexcept>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace autofix::test {
namespace fs = std::filesystem;

ChildProcess::ChildProcess(const ChildOptions& options) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  std::vector<std::string> argv = options.argv;
  std::vector<char*> arguments;
  for (std::string& argument : argv) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  std::vector<std::string> variables;
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  const std::string error_file = options.error_file.empty() ? "/dev/null" : options.error_file.string();
  pid_ = fork();
  if (pid_ == 0) {
    const int error = open(error_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(error, 2);
    if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) _exit(126);
    execve(arguments[0], arguments.data(), environment.data());
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  input_ = in[1];
  output_ = out[0];
  if (pid_ < 0) throw std::runtime_error("fork");
}

ChildProcess::~ChildProcess() {
  close_input();
  if (!ended_) {
    kill(pid_, SIGKILL);
    wait(5);
  }
  if (output_ >= 0) close(output_);
}

void ChildProcess::close_input() {
  if (input_ >= 0) close(input_);
  input_ = -1;
}

void ChildProcess::kill_now(int signal) {
  kill(pid_, signal);
}

int ChildProcess::wait(int seconds) {
  if (ended_) return exit_code_;
  const int process = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  pollfd source{process, POLLIN, 0};
  const int ready = poll(&source, 1, seconds * 1000);
  close(process);
  if (ready <= 0) return -1;
  int status = 0;
  if (waitpid(pid_, &status, 0) != pid_) return -1;
  ended_ = true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_code_;
}

namespace {

std::size_t entries(const std::string& folder) {
  std::size_t count = 0;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    ++count;
  }
  return count;
}

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

std::size_t ChildProcess::threads() const {
  return entries("/proc/" + std::to_string(pid_) + "/task");
}

std::size_t ChildProcess::descriptors() const {
  return entries("/proc/" + std::to_string(pid_) + "/fd");
}

std::size_t ChildProcess::pipes() const {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (target.starts_with("pipe:") || target.starts_with("anon_inode:")) ++count;
  }
  return count;
}

std::size_t ChildProcess::children() const {
  const std::string pid = std::to_string(pid_);
  const std::string list = slurp("/proc/" + pid + "/task/" + pid + "/children");
  std::size_t count = 0;
  for (const char c : list) count += c == ' ' ? 1U : 0U;
  return count;
}

Ran run_child(const ChildOptions& options, const std::string& input) {
  TempFolder temp;
  ChildOptions own = options;
  own.error_file = temp.path() / "stderr";
  ChildProcess child(own);
  std::thread feeder([&] {
    for (std::size_t at = 0; at < input.size();) {
      const ssize_t count = write(child.input(), input.data() + at, input.size() - at);
      if (count <= 0) break;
      at += static_cast<std::size_t>(count);
    }
    child.close_input();
  });
  Ran ran;
  std::array<char, 65536> chunk;
  while (true) {
    const ssize_t count = read(child.output(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    ran.out.append(chunk.data(), static_cast<std::size_t>(count));
  }
  feeder.join();
  ran.exit_code = child.wait();
  ran.err = slurp(own.error_file);
  return ran;
}

TempFolder::TempFolder() {
  std::string name = (fs::temp_directory_path() / "autofix-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = fs::canonical(name);
}

TempFolder::~TempFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

void TempFolder::write(const std::string& name, const std::string& bytes) const {
  const fs::path path = path_ / name;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string TempFolder::read(const std::string& name) const {
  return slurp(path_ / name);
}

std::string autofix_binary() {
  const char* path = std::getenv("AUTOFIX_BINARY");
  if (path == nullptr) throw std::runtime_error("AUTOFIX_BINARY is not set");
  return path;
}

}  // namespace autofix::test

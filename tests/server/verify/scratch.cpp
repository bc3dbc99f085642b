#include "tests/server/verify/scratch.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <map>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.h"

namespace autofix::test {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t entries(const char* folder) {
  const std::filesystem::directory_iterator all(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

Scratch::Scratch() {
  std::string name = std::filesystem::temp_directory_path() / "autofix-verify-XXXXXX";
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Scratch::write(const std::string& name, std::string_view text) const {
  std::filesystem::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << text;
}

std::string Scratch::read(const std::string& name) const {
  return read_file(path_ / name);
}

std::string Scratch::everything() const {
  std::map<std::string, std::string> sorted;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
    struct stat status {};
    lstat(entry.path().c_str(), &status);
    sorted[entry.path().string()] =
        std::to_string(status.st_mode) + " " + (entry.is_regular_file() ? read_file(entry.path()) : "");
  }
  std::string all;
  for (const auto& [name, content] : sorted) all += name + " " + content + "\n";
  return all;
}

StopWhenReady::StopWhenReady(const Scratch& folder) : pipe_(folder.path() / "ready") {
  REQUIRE(mkfifo(pipe_.c_str(), 0600) == 0);
  thread_ = std::thread([this] {
    std::ifstream(pipe_).get();  // opening waits for a writer
    source_.request_stop();
  });
}

StopWhenReady::~StopWhenReady() {
  // Wakes the thread when no child ever came, however far it is.
  const int both_ends = open(pipe_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  const bool woken = both_ends >= 0 && write(both_ends, "x", 1) == 1;
  if (!woken) std::abort();
  thread_.join();
  close(both_ends);
  std::filesystem::remove(pipe_);
}

verify::CommandLimits roomy() {
  verify::CommandLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  return limits;
}

verify::CommandResult run(const verify::Command& command, const Scratch& folder,
                          const verify::CommandLimits& limits, std::stop_token stop) {
  const auto result = verify::run_command(command, folder.path(), limits, {}, std::move(stop));
  INFO((result ? std::string() : result.error()));
  REQUIRE(result);
  return *result;
}

verify::Command shell(const std::string& text) {
  return {{"/bin/sh", "-c", text}, text};
}

bool alive(pid_t pid) {
  const std::string text = read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text[name_end + 2] != 'Z' && text[name_end + 2] != 'X';
}

bool has_children() {
  return waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD;
}

std::size_t open_descriptors() {
  return entries("/proc/self/fd");
}

std::size_t thread_count() {
  return entries("/proc/self/task");
}

NothingLeft::~NothingLeft() {
  CHECK(open_descriptors() == descriptors_);
  CHECK(thread_count() == threads_);
  CHECK_FALSE(has_children());
}

}  // namespace autofix::test

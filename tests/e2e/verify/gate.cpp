#include "tests/e2e/verify/gate.h"

#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/catch.h"

namespace autofix::test {
namespace {

constexpr int kPatienceMs = 30'000;

}  // namespace

Gate::Gate() {
  std::string name = std::string(VERIFY_GATES) + "/gate-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  folder_ = name;
  if (mkfifo(path().c_str(), 0600) != 0) throw std::runtime_error("mkfifo " + path());
}

Gate::~Gate() {
  if (writer_ >= 0) close(writer_);
  if (stand_in_ >= 0) close(stand_in_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

bool Gate::wait_for_reader() {
  writer_ = open(path().c_str(), O_WRONLY | O_CLOEXEC);  // returns when somebody opens the other end
  return writer_ >= 0 && !given_up_;
}

bool Gate::let_go() {
  return write(writer_, "go\n", 3) == 3 && wait_for_end();
}

bool Gate::wait_for_end() {
  pollfd source{writer_, 0, 0};  // a pipe without a reader is an error for its writer
  const bool ended = poll(&source, 1, kPatienceMs) == 1;
  close(writer_);
  writer_ = -1;
  return ended;
}

void Gate::give_up() {
  given_up_ = true;
  stand_in_ = open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

void Gate::fill(const std::string& bytes) {
  writer_ = open(path().c_str(), O_RDWR | O_CLOEXEC);
  if (write(writer_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("fill");
}

bool has_gates() {
  const std::string folder = std::string(VERIFY_GATES) + "/";
  if (!folder.starts_with("/tmp/") && !folder.starts_with("/var/tmp/")) return true;
  WARN("TEST SKIPPED: the build tree lies below a folder for temporary files");
  return false;
}

}  // namespace autofix::test

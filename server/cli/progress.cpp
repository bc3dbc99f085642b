#include "server/cli/progress.h"

#include <cstdio>
#include <unistd.h>

#include "server/problems/readers.h"

namespace autofix::cli {

ProgressLine::ProgressLine() : terminal_(isatty(STDERR_FILENO) == 1) {
  if (terminal_) thread_ = std::thread([this] { draw(); });
}

ProgressLine::~ProgressLine() {
  if (!terminal_) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ProgressLine::show(std::string text) {
  const std::lock_guard lock(mutex_);
  text_ = problems::printable(text);
  changed_.notify_all();
}

void ProgressLine::draw() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (!text_.empty()) {
      const auto seconds =
          std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin_).count();
      std::fprintf(stderr, "\r\x1B[K%s … %lld s", text_.c_str(), static_cast<long long>(seconds));
      std::fflush(stderr);
    }
    changed_.wait_for(lock, std::chrono::seconds(1));
  }
  if (!text_.empty()) std::fprintf(stderr, "\r\x1B[K");
  std::fflush(stderr);
}

}  // namespace autofix::cli

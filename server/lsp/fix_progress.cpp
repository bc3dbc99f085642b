#include "server/lsp/fix_progress.h"

namespace autofix::lsp {

FixProgress::FixProgress(protocol::Sender& sender, protocol::Json token)
    : progress_(sender, std::move(token)),
      message_("starting"),
      ticking_([this](const std::stop_token& stop) { tell_seconds(stop); }) {
  progress_.report(message_);
}

void FixProgress::step(std::string message) {
  const std::lock_guard lock(mutex_);
  message_ = std::move(message);
  progress_.report(text());
}

void FixProgress::end() {
  if (ticking_.joinable()) {
    ticking_.request_stop();
    ticking_.join();
  }
  progress_.end("");
}

std::string FixProgress::text() const {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  const auto passed = duration_cast<seconds>(std::chrono::steady_clock::now() - since_).count();
  return passed == 0 ? message_ : message_ + ", " + std::to_string(passed) + " s";
}

void FixProgress::tell_seconds(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  for (auto next = since_ + std::chrono::seconds(1); !stop.stop_requested();
       next += std::chrono::seconds(1)) {
    changed_.wait_until(lock, stop, next, [] { return false; });
    if (!stop.stop_requested()) progress_.report(text());
  }
}

}  // namespace autofix::lsp

#include "protocol/work_done_progress.h"

namespace autofix::protocol {

void WorkDoneProgress::send(Json value) {
  sender_.send(encode_notification("$/progress", {{"token", token_}, {"value", std::move(value)}}));
}

void WorkDoneProgress::begin(const std::string& title) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::waiting) return;
  state_ = State::begun;
  Json value = {{"kind", "begin"}, {"title", title}, {"cancellable", true}};
  if (!last_.empty()) value["message"] = last_;
  send(std::move(value));
}

void WorkDoneProgress::report(const std::string& message) {
  const std::lock_guard lock(mutex_);
  last_ = message;
  if (state_ == State::begun) send({{"kind", "report"}, {"message", message}, {"cancellable", true}});
}

void WorkDoneProgress::end(const std::string& message) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::begun) {
    Json value = {{"kind", "end"}};
    if (!message.empty()) value["message"] = message;
    send(std::move(value));
  }
  state_ = State::ended;
}

}  // namespace autofix::protocol

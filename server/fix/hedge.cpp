#include "server/fix/hedge.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace autofix::fix {
namespace {

/// What the two threads tell each other.
struct Finish {
  std::mutex mutex;
  std::condition_variable_any changed;
  bool first_over = false;
  bool first_answered = false;
  bool second_answered = false;
};

}  // namespace

Raced race(const Runner& first, providers::Milliseconds delay, const std::function<Runner()>& second,
           const std::stop_token& stop) {
  Finish finish;
  std::stop_source first_stop;
  std::stop_source second_stop;
  const std::stop_callback both(stop, [&] {
    first_stop.request_stop();
    second_stop.request_stop();
  });
  std::optional<providers::Sent> first_sent;
  std::jthread runner([&] {
    providers::Sent sent = first(first_stop.get_token());
    const std::lock_guard lock(finish.mutex);
    finish.first_over = true;
    finish.first_answered = sent.completion && !finish.second_answered;
    if (finish.first_answered) second_stop.request_stop();
    first_sent = std::move(sent);
    finish.changed.notify_all();
  });
  Runner other;
  {
    std::unique_lock lock(finish.mutex);
    finish.changed.wait_for(lock, stop, delay, [&] { return finish.first_over; });
    if (!finish.first_over && !stop.stop_requested()) {
      lock.unlock();
      other = second();
    }
  }
  std::optional<providers::Sent> second_sent;
  if (other) {
    second_sent = other(second_stop.get_token());
    const std::lock_guard lock(finish.mutex);
    finish.second_answered = second_sent->completion && !finish.first_answered;
    if (finish.second_answered) first_stop.request_stop();
  }
  runner.join();
  const bool second_won = finish.second_answered;
  return {std::move(*first_sent), std::move(second_sent), second_won};
}

}  // namespace autofix::fix

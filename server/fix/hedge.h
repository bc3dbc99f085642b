// Two requests for one answer: the second goes out when the first is slower than it mostly is, the first
// valid answer wins, the other's socket is closed.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>

#include "providers/chain.h"

namespace autofix::fix {

/// Sends one request; ends early when its stop is requested.
using Runner = std::function<providers::Sent(std::stop_token)>;

struct Raced {
  providers::Sent first;
  std::optional<providers::Sent> second;  ///< empty: it was not needed, or not to be had
  bool second_won = false;                ///< its completion came before the first one's
};

/// `second` is asked after `delay` for what to send; it may say that there is nothing. Returns when both
/// are over, which a stop and a winner bring about within 100 ms.
Raced race(const Runner& first, providers::Milliseconds delay, const std::function<Runner()>& second,
           const std::stop_token& stop);

}  // namespace autofix::fix

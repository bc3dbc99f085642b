#include "providers/circuit_breaker.h"

#include <algorithm>
#include <cmath>

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

constexpr int kInARow = 3;
constexpr std::size_t kLeastCalls = 5;
constexpr auto kWindow = 60s;
constexpr double kFirstOpen = 5.0;
constexpr double kLongestOpen = 300.0;
constexpr double kJitter = 0.2;
constexpr std::size_t kMostRecent = 64;

void note(BreakerState& state, WallTime now, bool ok) {
  // Entries from the future come from a clock that was set back; they would never age.
  std::erase_if(state.recent,
                [&](const auto& call) { return call.first > now || now - call.first > kWindow; });
  if (state.recent.size() >= kMostRecent) state.recent.erase(state.recent.begin());
  state.recent.emplace_back(now, ok);
}

void open(BreakerState& state, WallTime now, double random) {
  const double seconds = std::min(kLongestOpen, kFirstOpen * std::pow(2.0, std::min(state.times_opened, 16)));
  const double spread = std::min(kLongestOpen, seconds * (1 - kJitter + 2 * kJitter * random));
  const WallTime until = now + Milliseconds{static_cast<std::int64_t>(spread * 1000)};
  state.phase = BreakerState::Phase::open;
  state.open_until = std::max(state.open_until, until);
  ++state.times_opened;
}

}  // namespace

BreakerState::Phase phase_at(const BreakerState& state, WallTime now) {
  if (state.phase == BreakerState::Phase::closed) return BreakerState::Phase::closed;
  // Further away than any opening lasts: the clock was set back.
  const bool from_another_clock =
      state.open_until > now + std::chrono::seconds{static_cast<int>(kLongestOpen)};
  if (now >= state.open_until || from_another_clock) return BreakerState::Phase::half_open;
  return BreakerState::Phase::open;
}

BreakerState after_success(BreakerState state, WallTime now) {
  note(state, now, true);
  if (state.phase != BreakerState::Phase::closed) {
    // What led to the opening is over and done with.
    state.recent = {{now, true}};
  }
  state.phase = BreakerState::Phase::closed;
  state.consecutive_failures = 0;
  state.times_opened = 0;
  state.open_until = {};
  return state;
}

BreakerState after_failure(BreakerState state, WallTime now, double random) {
  const auto phase = phase_at(state, now);
  if (phase == BreakerState::Phase::half_open && state.open_until > now) state.open_until = {};
  note(state, now, false);
  ++state.consecutive_failures;
  if (phase == BreakerState::Phase::closed) {
    const auto failed = std::count_if(state.recent.begin(), state.recent.end(),
                                      [](const auto& call) { return !call.second; });
    const bool often =
        state.recent.size() >= kLeastCalls && static_cast<std::size_t>(failed) * 2 >= state.recent.size();
    if (state.consecutive_failures >= kInARow || often) open(state, now, random);
  } else if (phase == BreakerState::Phase::half_open) {
    open(state, now, random);
  }
  // While open, a late failure of a call sent before says nothing new.
  return state;
}

}  // namespace autofix::providers

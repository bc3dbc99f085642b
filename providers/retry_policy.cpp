#include "providers/retry_policy.h"

#include <algorithm>

namespace autofix::providers {

bool worth_repeating(const ProviderError& error) {
  switch (error.kind) {
    case ErrorKind::connection:
    case ErrorKind::overloaded:
      return error.scope != Scope::request;
    case ErrorKind::timeout:
      return error.http_status != 0 || error.scope == Scope::network;
    default:
      return false;
  }
}

bool counts_for_breaker(const ProviderError& error) {
  const bool about_health = error.kind == ErrorKind::connection || error.kind == ErrorKind::overloaded ||
                            error.kind == ErrorKind::timeout || error.kind == ErrorKind::malformed_reply;
  return about_health && (error.scope == Scope::provider || error.scope == Scope::network);
}

Milliseconds backoff(int repeat, Milliseconds base, double random) {
  constexpr Milliseconds kMost{10'000};
  const Milliseconds ceiling = std::min(kMost, Milliseconds{base.count() << std::clamp(repeat, 0, 16)});
  return Milliseconds{static_cast<std::int64_t>(static_cast<double>(ceiling.count()) * random)};
}

}  // namespace autofix::providers

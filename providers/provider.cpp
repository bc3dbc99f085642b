#include "providers/provider.h"

#include <limits>

namespace autofix::providers {

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::no_key:
      return "no_key";
    case ErrorKind::quota_exhausted:
      return "quota_exhausted";
    case ErrorKind::rate_limited:
      return "rate_limited";
    case ErrorKind::auth_failed:
      return "auth_failed";
    case ErrorKind::billing:
      return "billing";
    case ErrorKind::model_gone:
      return "model_gone";
    case ErrorKind::overloaded:
      return "overloaded";
    case ErrorKind::timeout:
      return "timeout";
    case ErrorKind::connection:
      return "connection";
    case ErrorKind::bad_request:
      return "bad_request";
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::too_large:
      return "too_large";
    case ErrorKind::malformed_reply:
      return "malformed_reply";
    case ErrorKind::circuit_open:
      return "circuit_open";
    case ErrorKind::skipped:
      return "skipped";
    case ErrorKind::cancelled:
      return "cancelled";
  }
  return "skipped";
}

int estimate_tokens(std::string_view text) {
  const std::size_t tokens = text.size() / 7 * 2 + (text.size() % 7 * 2 + 6) / 7;
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<int>::max() / 4);
  return static_cast<int>(tokens < kMost ? tokens : kMost);
}

}  // namespace autofix::providers

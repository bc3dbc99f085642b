// What became of every fix, for `autofix stats`. Holds no source text, no message and no path. Implemented in
// server/store.
#pragma once

#include <string>
#include <vector>

#include "providers/clock.h"
#include "providers/provider.h"
#include "server/fix/fix_result.h"

namespace autofix::fix {

struct LoggedAttempt {
  std::string link;
  std::string model;
  Outcome outcome = Outcome::ok;
  int http_status = 0;
  providers::Milliseconds elapsed{0};
  providers::Usage usage;
  bool sent = false;  ///< an HTTP request went out
};

struct LoggedFix {
  providers::WallTime at{};  ///< when it ended
  Status status = Status::no_fix;
  std::string link;  ///< who gave the fix; empty when there is none
  bool cached = false;
  providers::Milliseconds elapsed{0};
  std::vector<LoggedAttempt> attempts;
};

/// Thread-safe, never throws. Keeps at least 10,000 fixes or 90 days, whichever is less.
class FixLog {
 public:
  virtual ~FixLog() = default;

  virtual void record(const LoggedFix& fix) = 0;
  /// Oldest first.
  virtual std::vector<LoggedFix> since(providers::WallTime time) const = 0;
};

}  // namespace autofix::fix

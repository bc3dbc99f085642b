// The outcome of one fix: the result object of CONTRACT.md as a struct.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/provider.h"
#include "server/fix/patch.h"
#include "server/fix/verifier.h"

namespace autofix::fix {

enum class Status { verified, unverified, rejected, no_fix, nothing_to_fix, cancelled, error };
std::string_view name_of(Status status);

/// ErrorKind plus what only the engine can find.
enum class Outcome {
  ok,
  no_key,
  quota_exhausted,
  rate_limited,
  auth_failed,
  billing,
  model_gone,
  overloaded,
  timeout,
  connection,
  bad_request,
  refused,
  too_large,
  malformed_reply,
  edit_failed,
  rejected_by_check,
  failed_verification,
  circuit_open,
  skipped,
  cancelled,
};
std::string_view name_of(Outcome outcome);
Outcome outcome_of(providers::ErrorKind kind);

/// One per HTTP request sent (or try of the offline link), and one per link passed over.
struct Attempt {
  std::string link;
  std::string display_name;
  std::string model;
  Outcome outcome = Outcome::ok;
  int http_status = 0;
  std::optional<providers::WallTime> retry_at;
  providers::Milliseconds elapsed{0};
  std::string message;
  bool sent = false;  ///< an HTTP request went out
  providers::Usage usage;
};

struct FixResult {
  Status status = Status::no_fix;
  std::optional<bool> applied;  ///< set by whoever applies
  std::string reason;           ///< why not applied, or why no fix: stable code of CONTRACT.md; empty is null
  std::string summary;
  std::string link;
  std::string link_name;  ///< as people know it
  std::string model;
  bool cached = false;
  std::vector<Attempt> attempts;
  std::optional<Patch> patch;     ///< the fix
  std::optional<Patch> rejected;  ///< no fix: the best candidate that was not good enough, to be looked at
  Verification verification;
  providers::Usage usage;
  std::string session_id;
  std::vector<std::string> notices;  ///< for people, each once: a retired model and what takes its place
  std::string message;               ///< for people, when there is no fix: cause
  std::string next_step;             ///< for people: what to do about it
};

}  // namespace autofix::fix

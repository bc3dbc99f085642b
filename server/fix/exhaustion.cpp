// The words for a chain that gave no fix.
#include <algorithm>

#include "server/fix/credit.h"
#include "server/fix/fix_run.h"
#include "server/fix/wall_time.h"

namespace autofix::fix {
namespace {

bool outcome_is(const std::vector<Attempt>& attempts, std::initializer_list<Outcome> wanted) {
  return std::ranges::any_of(attempts, [&](const Attempt& attempt) {
    return std::ranges::find(wanted, attempt.outcome) != wanted.end();
  });
}

/// The last attempt of each link, in the order of first use: what became of it in the end.
std::vector<const Attempt*> last_per_link(const std::vector<Attempt>& attempts) {
  std::vector<const Attempt*> last;
  for (const Attempt& attempt : attempts) {
    const auto same = std::ranges::find(last, attempt.link, &Attempt::link);
    if (same == last.end()) {
      last.push_back(&attempt);
    } else {
      *same = &attempt;
    }
  }
  return last;
}

std::string describe(const Attempt& attempt, providers::WallTime now) {
  std::string text = attempt.display_name.empty() ? attempt.link : attempt.display_name;
  text += " " + words_of(attempt.outcome);
  if (attempt.retry_at) {
    text += ", worth trying again at " + rfc3339(*attempt.retry_at) + " (" +
            from_now(*attempt.retry_at, now) + ")";
  } else if (!attempt.message.empty()) {
    text += " (" + attempt.message + ")";
  }
  return text;
}

}  // namespace

Exhaustion describe_exhaustion(const FixResult& result, bool had_candidate, providers::WallTime now) {
  const std::vector<Attempt>& attempts = result.attempts;
  Exhaustion exhaustion;
  exhaustion.message = had_candidate ? "No fix was good enough: " : "All providers exhausted: ";
  bool first = true;
  std::optional<providers::WallTime> earliest;
  for (const Attempt* attempt : last_per_link(attempts)) {
    if (!first) exhaustion.message += "; ";
    first = false;
    exhaustion.message += describe(*attempt, now);
    if (attempt->retry_at && (!earliest || *attempt->retry_at < *earliest)) earliest = attempt->retry_at;
  }
  if (attempts.empty()) exhaustion.message += "no link is configured";
  exhaustion.message += ".";

  std::string& next = exhaustion.next_step;
  if (earliest) {
    next = "Wait until " + clock_time(*earliest, now) + " (" + from_now(*earliest, now) +
           "), or add another key (for example GOOGLE_API_KEY_2), a paid tier or a local model.";
  } else if (outcome_is(attempts, {Outcome::auth_failed, Outcome::billing})) {
    next = "Check the keys with `autofix check`.";
  } else if (!had_candidate && outcome_is(attempts, {Outcome::no_key})) {
    next =
        "Set GOOGLE_API_KEY or GROQ_API_KEY, or start a local model; `autofix check` shows what was found.";
  } else if (outcome_is(attempts, {Outcome::connection, Outcome::timeout, Outcome::circuit_open,
                                   Outcome::overloaded})) {
    next = "Check the network with `autofix check`, then try again.";
  } else {
    next = "Try again, choose another link with --provider, or give it more to go by with --notes.";
  }
  return exhaustion;
}

}  // namespace autofix::fix

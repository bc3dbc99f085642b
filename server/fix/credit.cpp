#include "server/fix/credit.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace autofix::fix {
namespace {

constexpr const char* kCache = "cache";

std::string name_for_people(const Attempt& attempt) {
  return attempt.display_name.empty() ? attempt.link : attempt.display_name;
}

std::string counts_text(const Verification& verification) {
  if (!verification.before || !verification.after) return {};
  return ": " + std::to_string(verification.before->failed) + " failed, " +
         std::to_string(verification.before->passed) + " passed before; " +
         std::to_string(verification.after->failed) + " failed, " +
         std::to_string(verification.after->passed) + " passed after";
}

/// All attempts together: those that came to nothing were paid for as well.
std::string cost_text(const providers::Usage& usage) {
  const std::int64_t tokens = usage.input_tokens + usage.output_tokens;
  if (tokens == 0) return "nothing spent";
  std::string text = std::to_string(tokens) + " tokens";
  if (usage.cost_usd <= 0) return text;
  char dollars[32];
  std::snprintf(dollars, sizeof dollars, "%.4f", usage.cost_usd);
  return text + (usage.cost_usd < 0.0001 ? ", less than $0.0001" : std::string(", $") + dollars);
}

}  // namespace

const Attempt* fallen_back_from(const FixResult& result) {
  constexpr std::array kExpected = {Outcome::ok, Outcome::no_key, Outcome::skipped, Outcome::cancelled};
  const Attempt* last = nullptr;
  for (const Attempt& attempt : result.attempts) {
    if (attempt.link == result.link || attempt.link == kCache) continue;
    if (std::ranges::find(kExpected, attempt.outcome) == kExpected.end()) last = &attempt;
  }
  return last;
}

std::string words_of(Outcome outcome) {
  std::string words(name_of(outcome));
  std::ranges::replace(words, '_', ' ');
  return words;
}

std::string credit(const FixResult& result) {
  std::string text = std::string(name_of(result.status)) + ", by " + result.link_name;
  if (result.cached) text += " (from the cache)";
  if (const Attempt* from = fallen_back_from(result))
    text += " after " + name_for_people(*from) + " (" + words_of(from->outcome) + ")";
  if (result.status == Status::verified) {
    text += counts_text(result.verification);
  } else if (!result.verification.reason.empty()) {
    text += " (" + result.verification.reason + ")";
  }
  return text + "; " + cost_text(result.usage);
}

}  // namespace autofix::fix

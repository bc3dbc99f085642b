// What a log of fixes adds up to.
#include "server/fix/statistics.h"

#include "tests/support/catch.h"

namespace autofix::fix {
namespace {

using namespace std::chrono_literals;

LoggedAttempt attempt(std::string link, Outcome outcome, providers::Milliseconds elapsed, bool sent = true) {
  LoggedAttempt one;
  one.link = std::move(link);
  one.outcome = outcome;
  one.elapsed = elapsed;
  one.sent = sent;
  if (sent && outcome == Outcome::ok) one.usage = {100, 10, 0.001};
  return one;
}

LoggedFix fix(Status status, std::string link, std::vector<LoggedAttempt> attempts, bool cached = false) {
  LoggedFix one;
  one.status = status;
  one.link = std::move(link);
  one.cached = cached;
  one.attempts = std::move(attempts);
  return one;
}

TEST_CASE("requests, answers, fallbacks and cache hits are told apart") {
  const std::vector<LoggedFix> log = {
      fix(Status::verified, "gemini", {attempt("gemini", Outcome::ok, 100ms)}),
      fix(Status::unverified, "groq",
          {attempt("gemini", Outcome::quota_exhausted, 10ms), attempt("groq", Outcome::ok, 300ms)}),
      fix(Status::unverified, "groq",
          {attempt("gemini", Outcome::no_key, 0ms, false), attempt("groq", Outcome::ok, 200ms)}),
      fix(Status::verified, "gemini", {attempt("cache", Outcome::ok, 0ms, false)}, true),
      fix(Status::rejected, "",
          {attempt("gemini", Outcome::failed_verification, 400ms), attempt("groq", Outcome::timeout, 900ms)}),
      fix(Status::unverified, "offline", {attempt("offline", Outcome::ok, 1ms, false)}),
  };
  const Statistics all = summarise(log);
  CHECK(all.runs == 6);
  CHECK(all.fixes == 5);
  CHECK(all.verified == 2);
  CHECK(all.cache_hits == 1);
  CHECK(all.fallbacks == 1);
  CHECK(all.statuses.at("rejected") == 1);
  REQUIRE(all.links.size() == 3);
  const LinkStatistics& gemini = all.links[0].link == "gemini" ? all.links[0] : all.links[1];
  const LinkStatistics& groq = all.links[0].link == "groq" ? all.links[0] : all.links[1];
  CHECK(gemini.requests == 3);
  CHECK(gemini.answers == 2);
  CHECK(gemini.fixes == 1);
  CHECK(gemini.outcomes.at("quota_exhausted") == 1);
  CHECK(gemini.p50 == 100ms);
  CHECK(gemini.p95 == 400ms);
  CHECK(groq.requests == 3);
  CHECK(groq.answers == 2);
  CHECK(groq.usage.input_tokens == 200);
  CHECK(all.links[2].link == "offline");
  CHECK(all.links[2].requests == 0);
  CHECK(all.links[2].fixes == 1);
}

TEST_CASE("an empty log adds up to nothing") {
  const Statistics all = summarise({});
  CHECK(all.runs == 0);
  CHECK(all.links.empty());
}

}  // namespace
}  // namespace autofix::fix

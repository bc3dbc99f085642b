#include "server/fix/credit.h"

#include <cstdlib>
#include <ctime>

#include "server/fix/wall_time.h"
#include "tests/support/catch.h"

namespace autofix::fix {
namespace {

Attempt attempt(std::string link, std::string name, Outcome outcome) {
  Attempt made;
  made.link = std::move(link);
  made.display_name = std::move(name);
  made.outcome = outcome;
  return made;
}

FixResult by_groq() {
  FixResult result;
  result.status = Status::unverified;
  result.link = "groq";
  result.link_name = "Groq";
  result.attempts = {attempt("gemini", "Gemini", Outcome::quota_exhausted),
                     attempt("groq", "Groq", Outcome::ok)};
  result.usage = {300, 12, 0.00123};
  return result;
}

TEST_CASE("the credit says who answered in whose place, whether it is proven, and what it cost") {
  FixResult result = by_groq();
  CHECK(credit(result) == "unverified, by Groq after Gemini (quota exhausted); 312 tokens, $0.0012");
  result.verification.reason = "untrusted: the project is not trusted";
  CHECK(credit(result) ==
        "unverified, by Groq after Gemini (quota exhausted) (untrusted: the project is not trusted); "
        "312 tokens, $0.0012");
  result.status = Status::verified;
  result.verification.before = RunCounts{1, 3};
  result.verification.after = RunCounts{0, 4};
  CHECK(credit(result) ==
        "verified, by Groq after Gemini (quota exhausted): 1 failed, 3 passed before; 0 failed, 4 "
        "passed after; 312 tokens, $0.0012");
}

TEST_CASE("the credit names no link that was not expected to answer") {
  FixResult result = by_groq();
  result.attempts = {attempt("cache", "", Outcome::edit_failed), attempt("gemini", "Gemini", Outcome::no_key),
                     attempt("groq", "Groq", Outcome::malformed_reply), attempt("groq", "Groq", Outcome::ok)};
  CHECK(fallen_back_from(result) == nullptr);
  CHECK(credit(result) == "unverified, by Groq; 312 tokens, $0.0012");
}

TEST_CASE("the cost of a fix is exact where it is known, and nothing where nothing was asked") {
  FixResult result = by_groq();
  result.attempts.erase(result.attempts.begin());
  result.usage = {300, 12, 0.00001};
  CHECK(credit(result) == "unverified, by Groq; 312 tokens, less than $0.0001");
  result.usage = {300, 12, 0};
  CHECK(credit(result) == "unverified, by Groq; 312 tokens");
  result.usage = {};
  result.cached = true;
  CHECK(credit(result) == "unverified, by Groq (from the cache); nothing spent");
}

/// The C library's zone, for as long as the object lives.
class Zone {
 public:
  explicit Zone(const char* name) : before_(std::getenv("TZ") != nullptr ? std::getenv("TZ") : "") {
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    before_.empty() ? unsetenv("TZ") : setenv("TZ", before_.c_str(), 1);
    tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;

 private:
  std::string before_;
};

TEST_CASE("the time to wait until is that of the user's own clock, with the day where it is another") {
  const Zone zone("EST5");
  const providers::WallTime now(std::chrono::seconds(1771833600));  // 2026-02-23T08:00:00Z, 03:00 there
  CHECK(clock_time(now + std::chrono::hours(6), now) == "09:00");
  CHECK(clock_time(now + std::chrono::seconds(36), now) == "03:01");
  CHECK(clock_time(now + std::chrono::hours(22), now) == "2026-02-24 01:00");
}

}  // namespace
}  // namespace autofix::fix

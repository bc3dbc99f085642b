// The failover state machine on values: a row of PROVIDERS.md each, and what must hold after any sequence of
// events.
#include "providers/link_transitions.h"

#include <algorithm>
#include <random>

#include "providers/calendar.h"
#include "providers/circuit_breaker.h"
#include "providers/link_state.h"
#include "providers/quota_ledger.h"
#include "providers/wire_time.h"
#include "tests/support/catch.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

const WallTime kNoon = *parse_rfc3339("2026-02-22T12:00:00Z");

LinkConfig two_keys() {
  LinkConfig link;
  link.name = "gemini";
  link.dialect = DialectKind::gemini;
  link.models = {"m", "next-m"};
  link.credentials = {{"key-one-not-real", "test"}, {"key-two-not-real", "test"}};
  return link;
}

ProviderError failure(ErrorKind kind, Scope scope, std::optional<WallTime> retry_at = {}) {
  ProviderError error;
  error.kind = kind;
  error.scope = scope;
  error.retry_at = retry_at;
  return error;
}

ProviderError daily_quota(WallTime now, std::optional<Milliseconds> hint = {}) {
  ProviderError error = failure(ErrorKind::quota_exhausted, Scope::pool, next_midnight_los_angeles(now));
  error.violations = {{"GenerateRequestsPerDayPerProjectPerModel-FreeTier", 20}};
  if (hint) error.probe_at = now + *hint;
  return error;
}

/// One link, driven one request after the other.
struct Machine {
  LinkConfig link = two_keys();
  LinkRecord record;
  WallTime now = kNoon;
  int next_lease = 1;

  std::vector<Candidate> open() const { return candidates(record, link, now).open; }

  Wish wish(const Candidate& candidate, std::int64_t tokens = 100) {
    return {candidate, tokens, "lease-" + std::to_string(next_lease++), now + 60s, false};
  }

  void end(const Wish& wished, std::optional<ProviderError> error = {}, HttpHeaders headers = {}) {
    settle(record, link, {wished.candidate, wished.lease_id, wished.tokens, 50ms, std::move(headers), error},
           now, 0.5);
    // What is written can be read again, and says the same.
    REQUIRE(write_link_record(parse_link_record(write_link_record(record))) == write_link_record(record));
  }

  /// Asks with the first open candidate; false when there is none or it was not let through.
  bool ask(std::optional<ProviderError> error = {}, HttpHeaders headers = {}) {
    const std::vector<Candidate> found = open();
    if (found.empty()) return false;
    const Wish wished = wish(found.front());
    if (reserve(record, link, wished, now)) return false;
    end(wished, std::move(error), std::move(headers));
    return true;
  }
};

HttpHeaders headers(int limit, int remaining, const std::string& reset = "2h") {
  return {{"x-ratelimit-limit-requests", std::to_string(limit)},
          {"x-ratelimit-remaining-requests", std::to_string(remaining)},
          {"x-ratelimit-reset-requests", reset}};
}

struct Row {
  std::string name;
  ProviderError error;
  std::size_t open_after;   ///< candidates that can be asked at once
  std::string model_after;  ///< of the first one
  Milliseconds closed_for;  ///< until the first candidate of before can be asked again
  BreakerState::Phase phase_after_three;
};

TEST_CASE("what each kind of failure closes, and for how long") {
  const auto midnight = std::chrono::duration_cast<Milliseconds>(next_midnight_los_angeles(kNoon) - kNoon);
  const auto closed = BreakerState::Phase::closed;
  const Row rows[] = {
      {"a minute's quota closes the key's pool", failure(ErrorKind::rate_limited, Scope::pool, kNoon + 36s),
       1, "m", 36s, closed},
      {"a day's quota closes the key's pool until midnight in Los Angeles", daily_quota(kNoon), 1, "m",
       midnight, closed},
      {"a bad key stays closed", failure(ErrorKind::auth_failed, Scope::credential), 1, "m",
       std::chrono::hours(24 * 365), closed},
      {"a region closes the whole provider", failure(ErrorKind::auth_failed, Scope::provider, kNoon + 24h), 0,
       "", 24h, closed},
      {"billing closes the key", failure(ErrorKind::billing, Scope::credential, kNoon + 24h), 1, "m", 24h,
       closed},
      {"a retired model leads to the next one", failure(ErrorKind::model_gone, Scope::model, kNoon + 24h), 2,
       "next-m", 24h, closed},
      {"an overloaded server closes nothing at once", failure(ErrorKind::overloaded, Scope::provider), 2, "m",
       0s, BreakerState::Phase::open},
      {"a timeout neither", failure(ErrorKind::timeout, Scope::provider), 2, "m", 0s,
       BreakerState::Phase::open},
      {"a cut answer neither", failure(ErrorKind::malformed_reply, Scope::provider), 2, "m", 0s,
       BreakerState::Phase::open},
      {"this machine's network is no failure of the provider", failure(ErrorKind::connection, Scope::network),
       2, "m", 0s, closed},
      {"a refusal says nothing of the provider", failure(ErrorKind::refused, Scope::request), 2, "m", 0s,
       closed},
      {"a bad request neither", failure(ErrorKind::bad_request, Scope::request), 2, "m", 0s, closed},
      {"a cancelled call records nothing", failure(ErrorKind::cancelled, Scope::request), 2, "m", 0s, closed},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    Machine machine;
    const std::string first = machine.open().front().key_id;
    REQUIRE(machine.ask(row.error));
    CHECK(machine.open().size() == row.open_after);
    if (row.open_after > 0) CHECK(machine.open().front().model == row.model_after);
    const auto first_is_open = [&](WallTime when) {
      return !refusal(machine.record, machine.link, {"m", first, ""}, when);
    };
    if (row.closed_for > 0s) CHECK(!first_is_open(kNoon + row.closed_for - 1ms));
    if (row.closed_for < std::chrono::hours(24 * 300)) CHECK(first_is_open(kNoon + row.closed_for));
    for (int i = 0; i < 2; ++i) {
      Wish again = machine.wish({"m", first, ""});
      machine.end(again, row.error);
    }
    CHECK(phase_at(machine.record.breaker, machine.now) == row.phase_after_three);
  }
}

TEST_CASE("a later, shorter delay does not open what is closed for longer") {
  Machine machine;
  machine.link.credentials.pop_back();
  const Wish first = machine.wish(machine.open().front());
  machine.end(first, failure(ErrorKind::quota_exhausted, Scope::pool, machine.now + 1h));
  machine.end(first, failure(ErrorKind::rate_limited, Scope::pool, machine.now + 1min));
  machine.now += 59min;
  CHECK(machine.open().empty());
  machine.now += 1min;
  CHECK(machine.open().size() == 1);
}

TEST_CASE("a day's quota is tried once at the delay that the provider named") {
  Machine machine;
  machine.link.credentials.pop_back();
  REQUIRE(machine.ask(daily_quota(machine.now, 36s)));
  CHECK(machine.open().empty());
  machine.now += 36s;
  REQUIRE(machine.open().size() == 1);
  const Wish probe = machine.wish(machine.open().front());
  REQUIRE(!reserve(machine.record, machine.link, probe, machine.now));
  CHECK(machine.open().empty());  // one, not two
  machine.end(probe, daily_quota(machine.now, 36s));
  machine.now += 10min;
  CHECK(machine.open().empty());  // it was true: not again before midnight
  machine.now = next_midnight_los_angeles(kNoon);
  CHECK(machine.open().size() == 1);

  Machine lucky;
  lucky.link.credentials.pop_back();
  REQUIRE(lucky.ask(daily_quota(lucky.now, 36s)));
  lucky.now += 36s;
  REQUIRE(lucky.ask());
  CHECK(lucky.open().size() == 1);
}

TEST_CASE("two keys that hit one quota id within a minute share a pool, and are strangers again later") {
  Machine machine;
  REQUIRE(machine.ask(daily_quota(machine.now)));
  machine.now += 5s;
  REQUIRE(machine.ask(daily_quota(machine.now)));
  CHECK(machine.record.shares.size() == 1);
  CHECK(machine.open().empty());
  machine.now = next_midnight_los_angeles(kNoon);
  CHECK(machine.open().size() == 2);

  Machine slow;
  REQUIRE(slow.ask(daily_quota(slow.now)));
  slow.now += 61s;
  REQUIRE(slow.ask(daily_quota(slow.now)));
  CHECK(slow.record.shares.empty());

  Machine named;
  named.link.pool = "project-7";
  REQUIRE(named.ask(daily_quota(named.now)));
  CHECK(named.open().empty());
}

TEST_CASE("one probe at a time tries a link whose breaker is half open") {
  Machine machine;
  for (int i = 0; i < 3; ++i) REQUIRE(machine.ask(failure(ErrorKind::overloaded, Scope::provider)));
  const Wish early = machine.wish(machine.open().front());
  REQUIRE(reserve(machine.record, machine.link, early, machine.now));
  machine.now = machine.record.breaker.open_until;
  const Wish probe = machine.wish(machine.open().front());
  REQUIRE(!reserve(machine.record, machine.link, probe, machine.now));
  const auto second =
      reserve(machine.record, machine.link, machine.wish(machine.open().front()), machine.now);
  REQUIRE(second);
  CHECK(second->kind == ErrorKind::circuit_open);
  // A probe that never comes back blocks nobody for longer than its lease.
  machine.now += 61s;
  const Wish after = machine.wish(machine.open().front());
  REQUIRE(!reserve(machine.record, machine.link, after, machine.now));
  machine.end(after);
  CHECK(phase_at(machine.record.breaker, machine.now) == BreakerState::Phase::closed);
}

TEST_CASE("the user's own request tries a link that only its breaker closes, one at a time") {
  Machine machine;
  for (int i = 0; i < 3; ++i) REQUIRE(machine.ask(failure(ErrorKind::overloaded, Scope::provider)));
  Wish wished = machine.wish(machine.open().front());
  wished.despite_breaker = true;
  REQUIRE(!reserve(machine.record, machine.link, wished, machine.now));
  wished.lease_id = "another";
  CHECK(reserve(machine.record, machine.link, wished, machine.now));
}

TEST_CASE("a cancelled probe lets the next one try") {
  Machine machine;
  for (int i = 0; i < 3; ++i) REQUIRE(machine.ask(failure(ErrorKind::timeout, Scope::provider)));
  machine.now = machine.record.breaker.open_until;
  const BreakerState before = machine.record.breaker;
  REQUIRE(machine.ask(failure(ErrorKind::cancelled, Scope::request)));
  CHECK(machine.record.breaker.consecutive_failures == before.consecutive_failures);
  CHECK(!machine.record.probe);
  CHECK(machine.ask());
}

TEST_CASE("of a pool of twenty exactly twenty are let through, whatever the order of the answers") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    Machine machine;
    machine.link.credentials.pop_back();
    int counted = 0;  // by the provider
    struct Flight {
      Wish wish;
      int count;
      bool is_known;
    };
    std::vector<Flight> in_flight;
    int sent = 0;
    const auto land = [&](std::size_t at) {
      const Flight flight = in_flight[at];
      in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(at));
      machine.end(flight.wish, {}, headers(20, 20 - flight.count));
    };
    for (int step = 0; step < 400; ++step) {
      machine.now += 10ms;
      if (random() % 2 == 0 && in_flight.size() < 8) {
        const std::vector<Candidate> open = machine.open();
        REQUIRE(!open.empty());
        const Wish wished = machine.wish(open.front());
        if (reserve(machine.record, machine.link, wished, machine.now)) continue;
        ++sent;
        in_flight.push_back({wished, ++counted, false});
        REQUIRE(sent <= 20);
      } else if (!in_flight.empty()) {
        land(random() % in_flight.size());
      }
    }
    CHECK(sent == 20);
    while (!in_flight.empty()) land(0);
    machine.now += 2h;
    CHECK(machine.ask());  // the window is over
  }
}

TEST_CASE("a request that never came back counts as sent until its window ends") {
  Machine machine;
  machine.link.credentials.pop_back();
  REQUIRE(machine.ask({}, headers(3, 2)));
  const Wish lost = machine.wish(machine.open().front());
  REQUIRE(!reserve(machine.record, machine.link, lost, machine.now));
  machine.now += 61s;
  REQUIRE(machine.ask());
  const auto reason =
      reserve(machine.record, machine.link, machine.wish(machine.open().front()), machine.now);
  REQUIRE(reason);
  CHECK(reason->kind == ErrorKind::quota_exhausted);
  REQUIRE(reason->retry_at);
  machine.now = *reason->retry_at;
  CHECK(machine.ask());
}

TEST_CASE("tokens are held by the most that a request may take, and given back") {
  Machine machine;
  machine.link.credentials.pop_back();
  const HttpHeaders of_8000 = {{"x-ratelimit-limit-tokens", "8000"},
                               {"x-ratelimit-remaining-tokens", "7000"},
                               {"x-ratelimit-reset-tokens", "7.5s"}};
  REQUIRE(machine.ask({}, of_8000));
  const std::string pool = pool_key(machine.record, machine.link, machine.open().front(), machine.now);
  CHECK(tokens_left(machine.record.pools[pool], machine.now) == 7000);
  const Wish large = machine.wish(machine.open().front(), 6000);
  REQUIRE(!reserve(machine.record, machine.link, large, machine.now));
  CHECK(tokens_left(machine.record.pools[pool], machine.now) == 1000);
  const auto reason =
      reserve(machine.record, machine.link, machine.wish(machine.open().front(), 2000), machine.now);
  REQUIRE(reason);
  CHECK(reason->kind == ErrorKind::rate_limited);
  CHECK(reason->retry_at == machine.now + 7500ms);
  give_back(machine.record, machine.link, large.candidate, large.lease_id, machine.now);
  CHECK(tokens_left(machine.record.pools[pool], machine.now) == 7000);
  machine.now += 7500ms;
  CHECK(tokens_left(machine.record.pools[pool], machine.now) == 8000);
}

TEST_CASE("a limit that an error named is counted from the provider's next midnight on") {
  Machine machine;
  machine.link.credentials.pop_back();
  REQUIRE(machine.ask(daily_quota(machine.now)));
  machine.now = next_midnight_los_angeles(kNoon);
  for (int i = 0; i < 20; ++i) REQUIRE(machine.ask());
  const auto reason =
      reserve(machine.record, machine.link, machine.wish(machine.open().front()), machine.now);
  REQUIRE(reason);
  CHECK(reason->kind == ErrorKind::quota_exhausted);
  CHECK(reason->retry_at == next_midnight_los_angeles(machine.now));
}

TEST_CASE("a document that is none is an empty record") {
  for (const char* text : {"", "{", "[]", "5", R"({"version":99,"models":{"m":{"until":9}}})",
                           R"({"version":1,"breaker":7,"pools":[1],"models":{"m":3},"latencies":"x"})"}) {
    INFO(text);
    const LinkRecord record = parse_link_record(text);
    CHECK(record.pools.empty());
    CHECK(record.latencies.empty());
    CHECK(candidates(record, two_keys(), kNoon).open.size() == 2);
  }
}

/// Every time until which something is closed.
std::map<std::string, WallTime> closings(const LinkRecord& record) {
  std::map<std::string, WallTime> all;
  for (const auto& [key, block] : record.models) all["model " + key] = block.until;
  for (const auto& [key, block] : record.credentials) all["key " + key] = block.until;
  for (const auto& [key, pool] : record.pools) {
    if (pool.block) all["pool " + key] = pool.block->until;
  }
  if (record.block) all["provider"] = record.block->until;
  return all;
}

ProviderError any_failure(std::mt19937& random, WallTime now) {
  const auto in = [&](unsigned most_seconds) {
    return now + std::chrono::seconds(1 + random() % most_seconds);
  };
  switch (random() % 9) {
    case 0:
      return failure(ErrorKind::rate_limited, Scope::pool, in(120));
    case 1:
      return daily_quota(now, std::chrono::seconds(1 + random() % 100));
    case 2:
      return failure(ErrorKind::auth_failed, Scope::provider, in(300));
    case 3:
      return failure(ErrorKind::model_gone, Scope::model, in(300));
    case 4:
      return failure(ErrorKind::billing, Scope::credential, in(300));
    case 5:
      return failure(ErrorKind::connection, Scope::network);
    case 6:
      return failure(ErrorKind::cancelled, Scope::request);
    case 7:
      return failure(ErrorKind::timeout, Scope::provider);
    default:
      return failure(ErrorKind::overloaded, Scope::provider);
  }
}

TEST_CASE("after any events: no closing shrinks, one probe at most, cancelled calls teach nothing") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    Machine machine;
    std::vector<Wish> in_flight;
    std::vector<std::string> probes;
    for (int step = 0; step < 150; ++step) {
      machine.now += Milliseconds(random() % 20'000);
      std::erase_if(in_flight, [&](const Wish& wish) { return wish.lease_until <= machine.now; });
      std::erase_if(probes, [&](const std::string& id) {
        return std::ranges::none_of(in_flight, [&](const Wish& wish) { return wish.lease_id == id; });
      });
      const std::vector<Candidate> open = machine.open();
      if (random() % 2 == 0 && !open.empty()) {
        Wish wished = machine.wish(open[random() % open.size()]);
        wished.despite_breaker = random() % 8 == 0;
        const bool half_open = phase_at(machine.record.breaker, machine.now) != BreakerState::Phase::closed;
        if (reserve(machine.record, machine.link, wished, machine.now)) continue;
        if (half_open) probes.push_back(wished.lease_id);
        REQUIRE(probes.size() <= 1);
        in_flight.push_back(wished);
      } else if (!in_flight.empty()) {
        const std::size_t at = random() % in_flight.size();
        const Wish wish = in_flight[at];
        in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(at));
        const bool ok = random() % 3 == 0;
        const auto before = closings(machine.record);
        const BreakerState breaker = machine.record.breaker;
        const auto error = ok ? std::nullopt : std::optional(any_failure(random, machine.now));
        machine.end(wish, error);
        std::erase(probes, wish.lease_id);
        const auto after = closings(machine.record);
        for (const auto& [what, until] : before) {
          if (until <= machine.now) continue;
          const bool lifted = !after.contains(what);
          INFO(what);
          // Only the answer to a probe lifts a closing before its time.
          if (lifted) REQUIRE((ok && what.starts_with("pool ")));
          if (!lifted) REQUIRE(after.at(what) >= until);
        }
        if (error && (error->kind == ErrorKind::cancelled || error->scope == Scope::network)) {
          REQUIRE(machine.record.breaker.recent == breaker.recent);
          REQUIRE(machine.record.breaker.open_until == breaker.open_until);
          if (error->kind == ErrorKind::cancelled) REQUIRE(after.size() <= before.size());
        }
      }
    }
  }
}

}  // namespace
}  // namespace autofix::providers

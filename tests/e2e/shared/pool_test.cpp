// A pool of twenty requests and eight processes that want more of it than there is: what is sent is what
// there was, whoever asks when and whoever dies.
#include <algorithm>
#include <chrono>
#include <random>

#include "tests/e2e/shared/fleet.h"
#include "tests/support/catch.h"

namespace autofix::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using SteadyClock = std::chrono::steady_clock;

constexpr int kProcesses = 8;
constexpr int kAsksEach = 10;
constexpr int kPool = 20;

/// Takes a moment to answer, so that requests overlap.
FakeProvider provider() {
  const json script = json::array({{{"ok", "answer"}, {"pool", kPool}, {"delayMs", 10}}});
  return {Vendor::groq, fake_script(Vendor::groq, script)};
}

bool is_sent(const Trail& trail) {
  return trail.back() == "groq ok";
}

/// Nothing but the pool's end, seen beforehand or in a lost race.
bool is_passed_over(const Trail& trail) {
  return trail.back() == "groq over quota_exhausted" &&
         std::all_of(trail.begin(), trail.end() - 1,
                     [](const std::string& step) { return step == "groq lost quota_exhausted"; });
}

void check_pool(const std::string& kind) {
  SharedStore store(kind);
  FakeProvider groq = provider();
  const json config = config_of(store, json::array({link("groq", groq.base_url())}));
  std::vector<Member> members;
  for (int i = 0; i < kProcesses; ++i) members.emplace_back(config);
  // The next ask is written before the last is answered, so that no process ever waits for another.
  for (int ask = 0; ask < kAsksEach; ++ask) {
    for (Member& member : members) member.ask();
  }
  int sent = 0;
  for (Member& member : members) {
    for (int ask = 0; ask < kAsksEach; ++ask) {
      const Trail trail = trail_of(member.answer());
      INFO(Catch::rangeToString(trail));
      REQUIRE(!trail.empty());
      CHECK(is_sent(trail) != is_passed_over(trail));
      sent += is_sent(trail) ? 1 : 0;
    }
    CHECK(member.end() == 0);
  }
  CHECK(sent == kPool);
  CHECK(groq.requests().size() == kPool);
  CHECK(groq.answered_with(429) == 0);
}

TEST_CASE("SQLite: 8 processes against a pool of 20 requests: exactly 20 are sent") {
  check_pool("sqlite");
}

TEST_CASE("Redis: 8 processes against a pool of 20 requests: exactly 20 are sent") {
  if (redis_is_missing()) return;
  check_pool("redis");
}

/// Kills any process at any time; `seed` decides which and when.
class Killer {
 public:
  explicit Killer(unsigned seed) : random_(seed) {}
  std::chrono::microseconds delay() { return std::chrono::microseconds(below(4'000)); }
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }

 private:
  std::mt19937 random_;
};

void check_pool_with_kills(const std::string& kind) {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  Killer killer(seed);
  SharedStore store(kind);
  FakeProvider groq = provider();
  json config = config_of(store, json::array({link("groq", groq.base_url())}));
  std::vector<Member> members;
  for (int i = 0; i < kProcesses; ++i) members.emplace_back(config);
  int asks = kProcesses * kAsksEach;
  int kills = 0;
  SteadyClock::duration slowest{0};
  std::vector<SteadyClock::time_point> begun(members.size());
  const auto feed = [&](std::size_t at) {
    if (asks == 0) return;
    --asks;
    begun[at] = SteadyClock::now();
    members[at].ask();
  };
  for (std::size_t at = 0; at < members.size(); ++at) feed(at);
  for (auto next_kill = SteadyClock::now() + killer.delay();
       std::ranges::any_of(members, &Member::is_asking);) {
    const auto left = std::chrono::ceil<std::chrono::microseconds>(next_kill - SteadyClock::now());
    for (Member* member : answered(members, std::clamp(left, 0us, 4'000us))) {
      const auto at = static_cast<std::size_t>(member - members.data());
      const Trail trail = trail_of(member->answer());
      INFO(Catch::rangeToString(trail));
      REQUIRE(!trail.empty());
      CHECK(is_sent(trail) != is_passed_over(trail));
      slowest = std::max(slowest, SteadyClock::now() - begun[at]);
      feed(at);
    }
    if (SteadyClock::now() < next_kill) continue;
    // One that is in the middle of it; what it had asked is spent.
    const std::size_t at = killer.below(members.size());
    if (members[at].is_asking()) {
      ++kills;
      members[at].kill_now();
      members[at] = Member(config);
      feed(at);
    }
    next_kill = SteadyClock::now() + killer.delay();
  }
  CHECK(kills > 0);
  INFO(kills << " killed, " << groq.requests().size() << " sent");
  CHECK(slowest < 30s);
  CHECK(groq.requests().size() <= kPool);
  CHECK(groq.answered_with(429) == 0);
  for (Member& member : members) CHECK(member.end() == 0);

  // What the dead held is over by then, and the window is a new one.
  groq.refill();
  const std::size_t before = groq.requests().size();
  config["clockSeconds"] = 2 * 3'600 + 120;
  Member later(config);
  later.ask();
  CHECK(trail_of(later.answer()) == Trail{"groq ok"});
  CHECK(groq.requests().size() == before + 1);
  CHECK(later.end() == 0);
}

TEST_CASE("SQLite: processes that are killed at any time neither overspend the pool nor block the others") {
  check_pool_with_kills("sqlite");
}

TEST_CASE("Redis: processes that are killed at any time neither overspend the pool nor block the others") {
  if (redis_is_missing()) return;
  check_pool_with_kills("redis");
}

}  // namespace
}  // namespace autofix::test

// A daily budget of several processes: what is spent and what is held never exceed it, at no moment.
#include <algorithm>

#include "providers/budget_record.h"
#include "tests/e2e/shared/fleet.h"
#include "tests/support/catch.h"

namespace autofix::test {
namespace {

using nlohmann::json;

constexpr int kProcesses = 4;
constexpr int kAsksEach = 10;
constexpr double kLimit = 10.0;
/// The stand-in bills 1,100 tokens in and 90 out, and a token costs a thousandth of a dollar.
constexpr double kCost = 1.19;

providers::BudgetRecord budget_in(const store::Store& store) {
  return providers::parse_budget(read_one(store, providers::kBudgetKey), std::chrono::system_clock::now());
}

void check_budget(const std::string& kind) {
  SharedStore store(kind);
  FakeProvider groq(
      Vendor::groq,
      fake_script(Vendor::groq, json::array({{{"ok", "answer"}, {"pool", 1'000}, {"delayMs", 10}}})));
  json links = json::array({link("groq", groq.base_url())});
  links[0]["usdPerMillion"] = 1'000.0;
  json config = config_of(store, links);
  config["usdPerDay"] = kLimit;
  config["promptBytes"] = 6'000;  // more tokens than the stand-in bills
  std::vector<Member> members;
  for (int i = 0; i < kProcesses; ++i) members.emplace_back(config);
  const store::Store view = store.open();
  int asks = kProcesses * kAsksEach;
  int sent = 0;
  double most = 0.0;
  const auto feed = [&](Member& member) {
    if (asks == 0) return;
    --asks;
    member.ask();
  };
  for (Member& member : members) feed(member);
  while (std::ranges::any_of(members, &Member::is_asking)) {
    const auto ready = answered(members, std::chrono::milliseconds(2));
    most = std::max(most, providers::committed(budget_in(view)));
    for (Member* member : ready) {
      const Trail trail = trail_of(member->answer());
      INFO(Catch::rangeToString(trail));
      REQUIRE(!trail.empty());
      CHECK((trail.back() == "groq ok" || trail.back() == "groq over skipped" ||
             trail == Trail{"groq lost skipped", "groq lost skipped"}));
      sent += trail.back() == "groq ok" ? 1 : 0;
      feed(*member);
    }
  }
  CHECK(most > 0.0);
  CHECK(most <= kLimit);
  // What the others held for a while is there for those who ask later; the most that one may cost is 3.
  Member last(config);
  for (bool fits = true; fits;) {
    last.ask();
    const Trail trail = trail_of(last.answer());
    fits = trail == Trail{"groq ok"};
    sent += fits ? 1 : 0;
  }
  const providers::BudgetRecord record = budget_in(view);
  CHECK(record.held.empty());
  CHECK(record.spent == Approx(sent * kCost));
  CHECK(record.spent <= kLimit);
  CHECK(record.spent > kLimit - 3.1);
  CHECK(static_cast<std::size_t>(sent) == groq.requests().size());
  CHECK(last.end() == 0);
  for (Member& member : members) CHECK(member.end() == 0);
}

TEST_CASE("SQLite: a daily budget that four processes share is never overspent") {
  check_budget("sqlite");
}

TEST_CASE("Redis: a daily budget that four processes share is never overspent") {
  if (redis_is_missing()) return;
  check_budget("redis");
}

}  // namespace
}  // namespace autofix::test

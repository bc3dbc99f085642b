// What every implementation of a store must do, checked on each of them.
#include <algorithm>
#include <thread>

#include "server/store/storage.h"
#include "tests/server/store/store_rig.h"
#include "tests/support/catch.h"

namespace autofix::store {
namespace {

using namespace std::chrono_literals;
using fix::CachedFix;
using fix::LoggedAttempt;
using fix::LoggedFix;
using test::cached;
using test::Forked;
using test::logged;
using test::plus_one;
using test::read_one;
using test::StoreRig;
using test::write_one;
using Keys = std::vector<std::string>;

std::vector<std::string> implementations() {
  std::vector<std::string> names = {"memory", "sqlite"};
  if (test::has_redis()) names.emplace_back("redis");
  return names;
}

const std::string kAnyBytes("a\0b\xff\xfe'\"\\\r\n", 10);

/// Whole microseconds: that is what stores keep.
providers::WallTime now_of(const StoreRig& rig) {
  return from_microseconds(to_microseconds(rig.clock->now().wall));
}

TEST_CASE("Redis is among the implementations") {
  if (test::has_redis()) {
    CHECK(implementations().size() == 3);
  } else {
    WARN("TEST SKIPPED: there is no /usr/bin/redis-server (package redis-server)");
  }
}

TEST_CASE("documents: what was written is read, empty ones are gone") {
  const std::string name = GENERATE(from_range(implementations()));
  INFO(name);
  const StoreRig rig(name);
  const Store store = rig.open();
  CHECK(store.documents->read(Keys{}).empty());
  CHECK(store.documents->read(Keys{"a", "b"}) == Keys{"", ""});
  CHECK(write_one(store, "a", kAnyBytes) == kAnyBytes);
  CHECK(write_one(store, kAnyBytes, "under odd bytes") == "under odd bytes");
  CHECK(store.documents->read(Keys{"b", "a", kAnyBytes, "a"}) ==
        Keys{"", kAnyBytes, "under odd bytes", kAnyBytes});
  CHECK(store.documents->update("a", [](std::string_view old) { return std::string(old) + "+"; }) ==
        kAnyBytes + "+");
  CHECK(write_one(store, "a", "").empty());
  CHECK(read_one(store, "a").empty());
  std::string seen = "unseen";
  store.documents->update("a", [&](std::string_view old) {
    seen = old;
    return std::string();
  });
  CHECK(seen.empty());
  const std::string large(1U << 20U, 'x');
  CHECK(write_one(store, "large", large) == large);
  CHECK(read_one(store, "large") == large);
  if (rig.is_shared()) {
    const Store other = rig.open();
    CHECK(read_one(other, kAnyBytes) == "under odd bytes");
    CHECK(read_one(other, "large") == large);
  }
  CHECK(rig.notes.all() == std::vector<std::string>());
}

TEST_CASE("documents: a change of another store is seen") {
  const std::string name = GENERATE(from_range(implementations()));
  INFO(name);
  const StoreRig rig(name);
  if (!rig.is_shared()) return;
  const Store one = rig.open();
  const Store two = rig.open();
  write_one(one, "a", "5");
  write_one(two, "a", "7");
  // The first store last saw 5: the change must be made of 7 all the same.
  CHECK(one.documents->update("a", plus_one) == "8");
  CHECK(read_one(two, "a") == "8");
}

TEST_CASE("documents: no increment of eight threads is lost") {
  const std::string name = GENERATE(from_range(implementations()));
  INFO(name);
  const StoreRig rig(name);
  const Store common = rig.open();
  std::vector<std::thread> threads;
  for (int index = 0; index < 8; ++index) {
    threads.emplace_back([&, index] {
      // Half of the threads share a store, the others have one of their own.
      const Store own = index % 2 == 0 || !rig.is_shared() ? common : rig.open();
      for (int count = 0; count < 50; ++count) own.documents->update("count", plus_one);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(read_one(common, "count") == "400");
  CHECK(rig.notes.all() == std::vector<std::string>());
}

TEST_CASE("documents: no increment of eight processes is lost") {
  const std::string name = GENERATE(from_range(implementations()));
  INFO(name);
  const StoreRig rig(name);
  if (!rig.is_shared()) return;
  {
    std::vector<std::unique_ptr<Forked>> processes;
    for (int index = 0; index < 8; ++index) {
      processes.push_back(std::make_unique<Forked>([&] {
        const Store store = rig.open();
        for (int count = 0; count < 50; ++count) store.documents->update("count", plus_one);
        return rig.notes.all().empty() ? 0 : 1;
      }));
    }
    for (const auto& process : processes) CHECK(process->wait() == 0);
  }
  CHECK(read_one(rig.open(), "count") == "400");
}

TEST_CASE("documents: where two write at a time the change is made again, of what the other wrote") {
  const std::string name = GENERATE(from_range(implementations()));
  INFO(name);
  if (name != "redis") return;  // the others lock
  const StoreRig rig(name);
  const Store one = rig.open();
  const Store two = rig.open();
  std::vector<std::string> seen;
  one.documents->update("a", [&](std::string_view old) {
    if (seen.empty()) write_one(two, "a", "theirs");
    seen.emplace_back(old);
    return std::string(old) + "+ours";
  });
  CHECK(seen == std::vector<std::string>{"", "theirs"});
  CHECK(read_one(two, "a") == "theirs+ours");
}

TEST_CASE("cache: the newest of the keys that is not too old") {
  const std::string name = GENERATE(from_range(implementations()));
  INFO(name);
  const StoreRig rig(name);
  const Store store = rig.open();
  const auto now = now_of(rig);
  CHECK_FALSE(store.cache->find(Keys{}, now));
  CHECK_FALSE(store.cache->find(Keys{"a"}, now - 1h));
  store.cache->store(cached("a", "old", now - 3h));
  store.cache->store(cached("b", kAnyBytes, now - 1h));
  store.cache->store(cached("c", "middle", now - 2h));
  const auto found = store.cache->find(Keys{"a", "b", "c"}, now - 24h);
  REQUIRE(found);
  CHECK(found->key == "b");
  CHECK(found->reply == kAnyBytes);
  CHECK(found->link == "groq");
  CHECK(found->model == "some-model");
  CHECK(found->stored == now - 1h);
  CHECK(store.cache->find(Keys{"c", "a"}, now - 24h)->reply == "middle");
  CHECK(store.cache->find(Keys{"a", "c"}, now - 2h)->reply == "middle");
  CHECK_FALSE(store.cache->find(Keys{"a", "c"}, now - 1h));
  store.cache->store(cached("a", "newer", now));
  CHECK(store.cache->find(Keys{"a", "b"}, now - 24h)->reply == "newer");
}

TEST_CASE("cache: dropped, cleared and outdated entries are gone") {
  const std::string name = GENERATE(from_range(implementations()));
  INFO(name);
  const StoreRig rig(name);
  const Store store = rig.open();
  const auto now = now_of(rig);
  for (const char* key : {"a", "b", "c"}) store.cache->store(cached(key, "reply", now));
  store.cache->drop("a");
  store.cache->drop("never there");
  CHECK_FALSE(store.cache->find(Keys{"a"}, now - 1h));
  CHECK(store.cache->find(Keys{"b"}, now - 1h));
  CHECK(store.cache->clear() == 2);
  CHECK(store.cache->clear() == 0);
  CHECK_FALSE(store.cache->find(Keys{"b", "c"}, now - 1h));
  store.cache->store(cached("old", "reply", now - kCacheAge + 1h));
  CHECK(store.cache->find(Keys{"old"}, now - 2 * kCacheAge));
  rig.clock->advance(2h);
  store.cache->store(cached("new", "reply", now));
  CHECK_FALSE(store.cache->find(Keys{"old"}, now - 2 * kCacheAge));
  CHECK(store.cache->clear() == 1);
}

LoggedFix full_fix(providers::WallTime at) {
  LoggedFix fix;
  fix.at = at;
  fix.status = fix::Status::verified;
  fix.link = "anthropic";
  fix.cached = true;
  fix.elapsed = providers::Milliseconds(1'234);
  LoggedAttempt first;
  first.link = "gemini";
  first.outcome = fix::Outcome::quota_exhausted;
  first.http_status = 429;
  first.elapsed = providers::Milliseconds(80);
  first.sent = true;
  LoggedAttempt second;
  second.link = "anthropic";
  second.model = "some-model";
  second.usage = {1'000, 200, 0.0125};
  second.sent = true;
  LoggedAttempt third;
  third.link = "local";
  third.outcome = fix::Outcome::skipped;
  fix.attempts = {first, second, third};
  return fix;
}

void check_equal(const LoggedFix& left, const LoggedFix& right) {
  CHECK(left.at == right.at);
  CHECK(left.status == right.status);
  CHECK(left.link == right.link);
  CHECK(left.cached == right.cached);
  CHECK(left.elapsed == right.elapsed);
  REQUIRE(left.attempts.size() == right.attempts.size());
  for (std::size_t at = 0; at < left.attempts.size(); ++at) {
    const LoggedAttempt& one = left.attempts[at];
    const LoggedAttempt& two = right.attempts[at];
    CHECK(one.link == two.link);
    CHECK(one.model == two.model);
    CHECK(one.outcome == two.outcome);
    CHECK(one.http_status == two.http_status);
    CHECK(one.elapsed == two.elapsed);
    CHECK(one.usage.input_tokens == two.usage.input_tokens);
    CHECK(one.usage.output_tokens == two.usage.output_tokens);
    CHECK(one.usage.cost_usd == two.usage.cost_usd);
    CHECK(one.sent == two.sent);
  }
}

TEST_CASE("log: fixes come back whole, oldest first, from a time on") {
  const std::string name = GENERATE(from_range(implementations()));
  INFO(name);
  const StoreRig rig(name);
  const Store store = rig.open();
  const auto now = now_of(rig);
  CHECK(store.log->since(now - 24h).empty());
  store.log->record(logged("second", now - 1h));
  store.log->record(full_fix(now));
  store.log->record(logged("first", now - 2h));
  store.log->record(logged("second", now - 1h));  // an equal one counts
  const auto fixes = store.log->since(now - 24h);
  REQUIRE(fixes.size() == 4);
  CHECK(fixes[0].link == "first");
  CHECK(fixes[1].link == "second");
  CHECK(fixes[2].link == "second");
  check_equal(fixes[3], full_fix(now));
  CHECK(store.log->since(now - 1h).size() == 3);
  CHECK(store.log->since(now).size() == 1);
  CHECK(store.log->since(now + 1us).empty());
}

TEST_CASE("log: every status and outcome comes back as itself") {
  const std::string name = GENERATE(from_range(implementations()));
  INFO(name);
  const StoreRig rig(name);
  const Store store = rig.open();
  const auto now = now_of(rig);
  const int outcomes = static_cast<int>(fix::Outcome::cancelled) + 1;
  for (int value = 0; value < outcomes; ++value) {
    LoggedFix fix = logged("x", now + std::chrono::seconds(value));
    fix.status = fix::Status(value % (static_cast<int>(fix::Status::error) + 1));
    fix.attempts.resize(1);
    fix.attempts[0].outcome = fix::Outcome(value);
    store.log->record(fix);
  }
  const auto fixes = store.log->since(now);
  REQUIRE(fixes.size() == static_cast<std::size_t>(outcomes));
  for (int value = 0; value < outcomes; ++value) {
    const LoggedFix& fix = fixes[static_cast<std::size_t>(value)];
    CHECK(static_cast<int>(fix.status) == value % (static_cast<int>(fix::Status::error) + 1));
    CHECK(static_cast<int>(fix.attempts.at(0).outcome) == value);
  }
}

TEST_CASE("log: what is older than ninety days is forgotten") {
  const std::string name = GENERATE(from_range(implementations()));
  INFO(name);
  const StoreRig rig(name);
  const Store store = rig.open();
  const auto now = now_of(rig);
  store.log->record(full_fix(now - kFixAge + 1h));
  store.log->record(logged("kept", now));
  CHECK(store.log->since(now - 2 * kFixAge).size() == 2);
  rig.clock->advance(2h);
  store.log->record(logged("new", now + 2h));
  const auto fixes = store.log->since(now - 2 * kFixAge);
  REQUIRE(fixes.size() == 2);
  CHECK(fixes[0].link == "kept");
  CHECK(fixes[1].link == "new");
}

TEST_CASE("opening touches nothing") {
  const std::string name = GENERATE(from_range(implementations()));
  INFO(name);
  StoreRig rig(name);
  if (rig.redis) rig.redis->stop();
  const Store store = rig.open();
  CHECK_FALSE(std::filesystem::exists(rig.folder.path() / "state"));
  CHECK(rig.notes.all() == std::vector<std::string>());
  CHECK_FALSE(store.description.empty());
}

}  // namespace
}  // namespace autofix::store

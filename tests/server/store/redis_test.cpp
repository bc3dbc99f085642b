// A real Redis server that hangs, goes, comes back, refuses us or is not who it should be: fixes go on, one
// notice, no secret in it.
#include <csignal>

#include "server/store/storage.h"
#include "tests/server/store/store_rig.h"
#include "tests/support/catch.h"
#include "tests/support/certificates.h"

namespace autofix::store {
namespace {

using namespace std::chrono_literals;
using test::cached;
using test::everything;
using test::logged;
using test::plus_one;
using test::read_one;
using test::RedisServer;
using test::StoreRig;
using test::write_one;
using Keys = std::vector<std::string>;
using SteadyClock = std::chrono::steady_clock;

/// Only tests that begin with this run without the server.
bool is_skipped() {
  if (test::has_redis()) return false;
  WARN("TEST SKIPPED: there is no /usr/bin/redis-server (package redis-server)");
  return true;
}

/// A rig whose server is given from outside.
struct Rig : StoreRig {
  Rig() : StoreRig("memory") {}
  Store open(const std::string& url) const {
    StoreOptions options = StoreRig::options();
    options.url = url;
    return open_store(options);
  }
  std::string only_notice() const {
    const auto all = notes.all();
    INFO("notices: " << Catch::rangeToString(all));
    REQUIRE(all.size() == 1);
    return all[0];
  }
};

bool has(const std::string& text, const std::string& word) {
  return text.find(word) != std::string::npos;
}

TEST_CASE("Redis: every key is ours by name, and documents expire") {
  if (is_skipped()) return;
  const StoreRig rig("redis");
  const Store store = rig.open();
  write_one(store, "a", "1");
  store.cache->store(cached("k", "reply", rig.clock->now().wall));
  store.log->record(logged("groq", rig.clock->now().wall));
  const auto raw = rig.redis->raw_client();
  const auto keys = raw->call({"KEYS", "*"});
  REQUIRE(keys);
  CHECK(keys->list.size() == 4);
  for (const RedisReply& key : keys->list) CHECK(key.text.starts_with("autofix:"));
  CHECK(raw->call({"TTL", "autofix:document:a"})->number > 34 * 24 * 3'600);
  CHECK(raw->call({"TTL", "autofix:cache:k"})->number > 364 * 24 * 3'600);
  CHECK(store.description == "Redis at " + rig.redis->socket_url().substr(11) + ", database 0");
}

TEST_CASE("Redis: no source text gets there unless that is wished") {
  if (is_skipped()) return;
  const StoreRig rig("redis");
  const std::string canary = "canary_in_source_text";
  StoreOptions options = rig.options();
  options.cache_shared = GENERATE(false, true);
  const Store store = open_store(options);
  write_one(store, "a", "1");
  store.cache->store(cached("k", "def " + canary + "(): pass", rig.clock->now().wall));
  store.log->record(logged("groq", rig.clock->now().wall));
  CHECK(store.cache->find(Keys{"k"}, rig.clock->now().wall - 1h));
  const auto raw = rig.redis->raw_client();
  const std::string all = everything(*raw);
  CHECK(has(all, "autofix:document:a"));
  CHECK(has(all, "autofix:fixes"));
  CHECK(has(all, canary) == options.cache_shared);
  CHECK(std::filesystem::exists(options.state_folder / "store.db") == !options.cache_shared);
}

TEST_CASE("Redis: ten thousand fixes and five thousand replies are kept, the newest") {
  if (is_skipped()) return;
  const StoreRig rig("redis");
  const auto now = rig.clock->now().wall;
  const std::string at = std::to_string(to_microseconds(now) - 20'000);
  const auto raw = rig.redis->raw_client();
  const std::string fill =
      "for i = 1, tonumber(ARGV[2]) do redis.call('ZADD', KEYS[1], ARGV[1] + i, "
      "string.format(ARGV[3], ARGV[1] + i, i)) end return 1";
  REQUIRE(raw->run(fill, {"autofix:fixes"}, {at, "10000", R"({"at":%.0f} %d)"}));
  REQUIRE(raw->run(fill, {"autofix:cached"}, {at, "5000", "%.0fk%d"}));
  const Store store = rig.open();
  store.log->record(logged("last", now));
  store.cache->store(cached("last", "reply", now));
  const auto fixes = store.log->since(now - 1h);
  REQUIRE(fixes.size() == kMaxFixes);
  CHECK(fixes.front().at == from_microseconds(to_microseconds(now) - 20'000 + 2));
  CHECK(fixes.back().link == "last");
  CHECK(raw->call({"ZCARD", "autofix:cached"})->number == static_cast<std::int64_t>(kMaxCached));
}

TEST_CASE("Redis: a server that hangs holds nobody up, and is used again when it answers") {
  if (is_skipped()) return;
  const StoreRig rig("redis");
  StoreOptions options = rig.options();
  const Store before = rig.open();
  write_one(before, "a", "1");
  options.limits = {};
  options.limits.command = options.limits.connect = 200ms;
  const Store store = open_store(options);
  const bool was_connected = GENERATE(true, false);
  INFO("connected before: " << was_connected);
  if (was_connected) CHECK(read_one(store, "a") == "1");
  rig.redis->raw_client();
  const_cast<RedisServer&>(*rig.redis).signal(SIGSTOP);
  const auto begin = SteadyClock::now();
  CHECK(store.documents->update("a", plus_one) == (was_connected ? "2" : "1"));
  CHECK(SteadyClock::now() - begin < 2s);
  const auto second = SteadyClock::now();
  for (int count = 0; count < 100; ++count) write_one(store, "b", "x");
  CHECK(SteadyClock::now() - second < 200ms);
  const_cast<RedisServer&>(*rig.redis).signal(SIGCONT);
  REQUIRE(rig.notes.all().size() == 1);
  CHECK(has(rig.notes.all()[0], "cannot be reached: it did not answer in time"));
  CHECK(read_one(before, "b").empty());
  rig.clock->advance(30s);
  CHECK(read_one(store, "b") == "x");
  CHECK(read_one(before, "b") == "x");
  CHECK(rig.notes.all().size() == 1);
}

TEST_CASE("Redis: a server that goes away and comes back empty") {
  if (is_skipped()) return;
  StoreRig rig("redis");
  const Store store = rig.open();
  write_one(store, "a", "1");
  rig.redis->stop();
  CHECK(store.documents->update("a", plus_one) == "2");
  CHECK(read_one(store, "a") == "2");
  store.log->record(logged("groq", rig.clock->now().wall));
  store.cache->store(cached("k", "reply", rig.clock->now().wall));
  CHECK(store.cache->find(Keys{"k"}, rig.clock->now().wall - 1h));
  REQUIRE(rig.notes.all().size() == 1);
  CHECK(has(rig.notes.all()[0], "cannot be reached"));
  CHECK(has(rig.notes.all()[0], "kept in memory"));
  rig.redis->start();
  rig.clock->advance(31s);
  CHECK(store.documents->update("a", plus_one) == "3");
  const Store other = rig.open();
  CHECK(read_one(other, "a") == "3");
  CHECK(other.log->since(rig.clock->now().wall - 1h).size() == 1);
  CHECK(other.cache->find(Keys{"k"}, rig.clock->now().wall - 1h));
  rig.redis->stop();
  CHECK(store.documents->update("a", plus_one) == "4");
  CHECK(rig.notes.all().size() == 1);
}

TEST_CASE("Redis: a restart between two calls is not noticed") {
  if (is_skipped()) return;
  StoreRig rig("redis");
  const Store store = rig.open();
  write_one(store, "a", "1");
  rig.redis->stop();
  rig.redis->start();
  CHECK(write_one(store, "b", "2") == "2");
  CHECK(read_one(rig.open(), "b") == "2");
  const auto raw = rig.redis->raw_client();
  CHECK(raw->call({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"})->number >= 1);
  CHECK(store.documents->update("b", plus_one) == "3");
  CHECK(raw->call({"SCRIPT", "FLUSH"}));
  CHECK(store.documents->update("b", plus_one) == "4");
  CHECK(rig.notes.all() == std::vector<std::string>());
}

TEST_CASE("Redis: logins, and no password in what is said") {
  if (is_skipped()) return;
  const std::string password = "s3cret+/word";
  const RedisServer server({"--requirepass", password});
  const Rig rig;
  const std::string address = "127.0.0.1:" + server.port() + "/3";
  const auto works = [&](const std::string& login) {
    StoreOptions options = rig.options();
    options.url = "redis://" + login + address;
    options.secret = [&](const std::string& name) { return name == "RIGHT" ? password : std::string(); };
    const Store store = open_store(options);
    CHECK(store.description == "Redis at 127.0.0.1:" + server.port() + ", database 3");
    const auto notices = rig.notes.all().size();
    write_one(store, "a", login);
    CHECK(read_one(store, "a") == login);
    for (const std::string& notice : rig.notes.all()) {
      CHECK_FALSE(has(notice, password));
      CHECK_FALSE(has(notice, "wr0ng"));
    }
    return rig.notes.all().size() == notices;
  };
  CHECK(works(":s3cret%2B%2Fword@"));
  CHECK(works("default:s3cret%2B%2Fword@"));
  CHECK(works(":env:RIGHT@"));
  CHECK(works("env:RIGHT@"));
  CHECK_FALSE(works(""));
  CHECK(has(rig.notes.all().back(), "refused us: NOAUTH"));
  CHECK_FALSE(works(":wr0ng@"));
  CHECK(has(rig.notes.all().back(), "refused us"));
  CHECK(has(rig.notes.all().back(), "Check the user and the password"));
  CHECK_FALSE(works("somebody:wr0ng@"));
  CHECK_FALSE(works(":env:MISSING@"));
  CHECK(has(rig.notes.all().back(), "environment variable MISSING that store.url names is not set"));
}

TEST_CASE("Redis: nobody there, no such name") {
  Rig rig;
  SECTION("refused") {
    CHECK(write_one(rig.open("redis://127.0.0.1:1"), "a", "1") == "1");
    CHECK(has(rig.only_notice(), "127.0.0.1:1 cannot be reached: Connection refused"));
  }
  SECTION("no socket") {
    CHECK(write_one(rig.open("redis+unix:/no/such/socket"), "a", "1") == "1");
    CHECK(has(rig.only_notice(), "No such file"));
  }
  SECTION("no such name") {
    StoreOptions options = rig.options();
    options.url = "redis://nowhere.example";
    options.look_up = [](const std::string& host, providers::SteadyTime) {
      return tl::expected<std::vector<std::string>, std::string>(tl::unexpect, host + " is unknown");
    };
    CHECK(write_one(open_store(options), "a", "1") == "1");
    CHECK(has(rig.only_notice(), "nowhere.example is unknown"));
  }
  SECTION("a URL that is none, with a password") {
    CHECK(write_one(rig.open("redis://:hunter2@host:port"), "a", "1") == "1");
    CHECK(has(rig.only_notice(), "store.url is not understood"));
    CHECK_FALSE(has(rig.only_notice(), "hunter2"));
  }
}

TEST_CASE("Redis: the server's name is looked up by whom we say") {
  if (is_skipped()) return;
  const StoreRig rig("redis");
  StoreOptions options = rig.options();
  options.url = "redis://team.example:" + rig.redis->port();
  std::vector<std::string> asked;
  options.look_up = [&](const std::string& host, providers::SteadyTime) {
    asked.push_back(host);
    // The first address is dead.
    return tl::expected<std::vector<std::string>, std::string>(Keys{"127.0.0.2", "127.0.0.1"});
  };
  write_one(open_store(options), "a", "1");
  CHECK(read_one(rig.open(), "a") == "1");
  CHECK(asked == std::vector<std::string>{"team.example"});
}

TEST_CASE("Redis over TLS: only a server that is trusted, and the right one") {
  if (is_skipped()) return;
  const test::Certificates right("IP:127.0.0.1,DNS:team.example");
  const test::Certificates wrong("DNS:other.example,IP:127.0.0.2");
  const auto certificates = GENERATE_REF(&right, &wrong);
  const RedisServer server({"--tls-auth-clients", "no", "--tls-cert-file", certificates->file("cert.pem"),
                            "--tls-key-file", certificates->file("key.pem"), "--tls-ca-cert-file",
                            certificates->file("ca.pem")});
  const Rig rig;
  StoreOptions options = rig.options();
  options.look_up = [&](const std::string& host, providers::SteadyTime) {
    return tl::expected<std::vector<std::string>, std::string>(
        Keys{host == "team.example" ? "127.0.0.1" : host});
  };
  for (const char* host : {"127.0.0.1", "team.example"}) {
    options.url = std::string("rediss://") + host + ":" + server.port();
    options.ca_file = certificates->file("ca.pem");
    const Store store = open_store(options);
    CHECK(store.description ==
          std::string("Redis at ") + host + ":" + server.port() + ", database 0, over TLS");
    CHECK(write_one(store, "large", std::string(300'000, 'x')).size() == 300'000);
    CHECK(read_one(store, "large").size() == 300'000);
    CHECK(read_one(open_store(options), "large").empty() == (certificates == &wrong));
    const test::Notes strangers;
    options.notice = strangers.writer();
    options.ca_file.clear();
    CHECK(read_one(open_store(options), "large").empty());
    options.notice = rig.notes.writer();
    REQUIRE(strangers.all().size() == 1);
    CHECK(has(strangers.all()[0], "its certificate is not trusted"));
  }
  // Two stores for each of two names.
  REQUIRE(rig.notes.all().size() == (certificates == &right ? 0 : 4));
  for (const std::string& notice : rig.notes.all()) CHECK(has(notice, "its certificate is not trusted"));
}

}  // namespace
}  // namespace autofix::store

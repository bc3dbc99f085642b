#include "server/store/store_url.h"

#include "tests/support/catch.h"

namespace autofix::store {
namespace {

TEST_CASE("store.url of Redis") {
  struct Row {
    const char* url;
    const char* name;
    int database;
    const char* user;
    const char* password;
    const char* variable;
    bool tls;
  };
  const Row rows[] = {
      {"redis://host", "host:6379", 0, "", "", "", false},
      {"redis://", "localhost:6379", 0, "", "", "", false},
      {"redis://host:7000/2", "host:7000", 2, "", "", "", false},
      {"rediss://host/0", "host:6379", 0, "", "", "", true},
      {"redis://[::1]:7000/1", "[::1]:7000", 1, "", "", "", false},
      {"redis://[::1]", "[::1]:6379", 0, "", "", "", false},
      {"redis://:p@ss:w%40rd@host", "host:6379", 0, "", "p@ss:w@rd", "", false},
      {"redis://me:pa/ss@host/4", "host:6379", 4, "me", "pa/ss", "", false},
      {"redis://me:env:NAME@host", "host:6379", 0, "me", "", "NAME", false},
      {"redis://env:NAME@host", "host:6379", 0, "", "", "NAME", false},
      {"redis+unix:/run/redis.sock", "/run/redis.sock", 0, "", "", "", false},
      {"redis+unix:///run/redis.sock?db=7", "/run/redis.sock", 7, "", "", "", false},
      {"redis+unix:env:NAME@/run/redis.sock", "/run/redis.sock", 0, "", "", "NAME", false},
  };
  for (const Row& row : rows) {
    INFO(row.url);
    const auto url = parse_store_url(row.url);
    REQUIRE(url);
    CHECK(url->kind == StoreUrl::Kind::redis);
    CHECK(url->redis.name() == row.name);
    CHECK(url->redis.database == row.database);
    CHECK(url->redis.user == row.user);
    CHECK(url->redis.password == row.password);
    CHECK(url->redis.password_variable == row.variable);
    CHECK(url->redis.tls == row.tls);
  }
}

TEST_CASE("store.url of files and of memory") {
  CHECK(parse_store_url("memory:")->kind == StoreUrl::Kind::memory);
  CHECK(parse_store_url("sqlite:")->kind == StoreUrl::Kind::sqlite);
  CHECK(parse_store_url("sqlite:")->file.empty());
  CHECK(parse_store_url("sqlite:/a/b.db")->file == "/a/b.db");
  CHECK(parse_store_url("sqlite:///a/b.db")->file == "/a/b.db");
}

TEST_CASE("a store.url that is none says why and repeats no secret") {
  for (const char* url : {"", "mysql://secret@host", "sqlite:relative.db", "sqlite:/folder/",
                          "redis://:secret@host:0", "redis://:secret@host:70000", "redis://:secret@host:x",
                          "redis://:secret@host/x", "redis://:secret@[::1", "redis://:secret@[::1]x",
                          "redis+unix:secret", "redis+unix:/a?secret", "memory:secret"}) {
    INFO(url);
    const auto parsed = parse_store_url(url);
    REQUIRE_FALSE(parsed);
    CHECK_FALSE(parsed.error().empty());
    CHECK(parsed.error().find("secret") == std::string::npos);
  }
}

}  // namespace
}  // namespace autofix::store

// What one process learns of a link's failures, and what the others make of it.
#include <algorithm>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/shared/fleet.h"
#include "tests/support/catch.h"

namespace autofix::test {
namespace {

using nlohmann::json;

constexpr std::size_t kProcesses = 8;
/// Without the stand-in's usual tokens per minute, which eight processes would use up.
const json kPlenty = json::array({{{"ok", "answer"}, {"pool", 1'000}}});

/// A port where nobody listens, and nobody can until the object is gone.
class ClosedPort {
 public:
  ClosedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(socket_, generic, size) == 0);
    REQUIRE(getsockname(socket_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~ClosedPort() { close(socket_); }
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

 private:
  int socket_;
  int port_ = 0;
};

Trail ask(Member& member) {
  member.ask();
  return trail_of(member.answer());
}

void check_network(const std::string& kind) {
  SharedStore store(kind);
  const ClosedPort closed;
  const ClosedPort also_closed;
  json config =
      config_of(store, json::array({link("flaky", closed.url()), link("other", also_closed.url())}));
  config["maxRetries"] = 0;
  Member a(config);
  for (int i = 0; i < 3; ++i) CHECK(ask(a) == Trail{"flaky connection", "other connection"});
  // By now the process itself leaves them alone, but for the one try that brings it back online at once.
  for (int i = 0; i < 2; ++i) CHECK(ask(a) == Trail{"flaky connection", "other over circuit_open"});

  FakeProvider spare(Vendor::groq, fake_script(Vendor::groq, kPlenty));
  config["links"].push_back(link("spare", spare.base_url()));
  Member b(config);
  CHECK(ask(b) == Trail{"flaky connection", "other connection", "spare ok"});
  for (Member* member : {&a, &b}) CHECK(member->end() == 0);
}

TEST_CASE("SQLite: a network that fails one process keeps no other from trying") {
  check_network("sqlite");
}

TEST_CASE("Redis: a network that fails one process keeps no other from trying") {
  if (redis_is_missing()) return;
  check_network("redis");
}

void check_overload(const std::string& kind) {
  SharedStore store(kind);
  const json overloaded = {{"preset", "overloaded"}};
  FakeProvider flaky(
      Vendor::groq,
      fake_script(
          Vendor::groq,
          json::array(
              {overloaded, overloaded, overloaded, {{"ok", "answer"}, {"pool", 1'000}, {"hold", true}}})));
  FakeProvider spare(Vendor::groq, fake_script(Vendor::groq, kPlenty));
  json config =
      config_of(store, json::array({link("flaky", flaky.base_url()), link("spare", spare.base_url())}));
  config["maxRetries"] = 0;
  Member a(config);
  for (int i = 0; i < 3; ++i) CHECK(ask(a) == Trail{"flaky overloaded", "spare ok"});
  // Its clock is a minute behind, so that a slow machine does not come after the breaker's time.
  config["clockSeconds"] = -60;
  Member b(config);
  CHECK(ask(b) == Trail{"flaky over circuit_open", "spare ok"});
  CHECK(flaky.requests().size() == 3);

  config["clockSeconds"] = 20;  // a breaker opens for 4 to 6 s at first
  std::vector<Member> late;
  for (std::size_t i = 0; i < kProcesses; ++i) late.emplace_back(config);
  for (Member& member : late) member.ask();
  // While the one waits for its answer, the seven have theirs.
  REQUIRE(flaky.wait_for_requests(4));
  std::vector<Trail> trails;
  for (std::size_t done = 0; done + 1 < kProcesses;) {
    for (Member* member : answered(late)) {
      trails.push_back(trail_of(member->answer()));
      ++done;
    }
  }
  for (const Trail& trail : trails) {
    INFO(Catch::rangeToString(trail));
    CHECK((trail == Trail{"flaky over circuit_open", "spare ok"} ||
           trail == Trail{"flaky lost circuit_open", "flaky over circuit_open", "spare ok"}));
  }
  CHECK(flaky.requests().size() == 4);
  flaky.release();
  const auto probing = std::ranges::find_if(late, &Member::is_asking);
  REQUIRE(probing != late.end());
  CHECK(trail_of(probing->answer()) == Trail{"flaky ok"});
  // It is closed again for everybody.
  for (Member& member : late) CHECK(ask(member) == Trail{"flaky ok"});
  for (Member& member : late) CHECK(member.end() == 0);
}

TEST_CASE("SQLite: an overload that one process saw keeps the others away, and one of eight tries again") {
  check_overload("sqlite");
}

TEST_CASE("Redis: an overload that one process saw keeps the others away, and one of eight tries again") {
  if (redis_is_missing()) return;
  check_overload("redis");
}

}  // namespace
}  // namespace autofix::test

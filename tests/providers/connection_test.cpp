// Connections that are opened ahead of need, kept, and found closed.
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/socket.h>
#include <thread>

#include "providers/http_client.h"
#include "tests/providers/tls_stand_in.h"
#include "tests/support/catch.h"
#include "tests/support/fake_provider.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::FakeProvider;
using test::TestAuthority;
using test::TlsStandIn;
using test::Vendor;

HttpRequest request() {
  HttpRequest result;
  result.path = "/chat/completions";
  result.headers = {{"Authorization", "Bearer gsk_the-key-not-real"}, {"Content-Type", "application/json"}};
  result.body = R"({"model":"m","messages":[{"role":"user","content":"q"}]})";
  return result;
}

tl::expected<HttpReply, ProviderError> ask(HttpClient& client, const std::string& url,
                                           Milliseconds deadline = 20s) {
  return client.send(url, request(), Timeouts{}, {}, std::chrono::steady_clock::now() + deadline);
}

/// Answers over TLS and notes from which connection each request came.
struct Noting {
  Noting() : stand_in(authority.issue({})) {
    stand_in.server.set_keep_alive_max_count(100);
    const auto note = [this](const httplib::Request& asked, httplib::Response& reply) {
      const std::lock_guard lock(mutex);
      methods.push_back(asked.method);
      if (asked.method == "HEAD" && asked.has_header("Authorization")) methods.emplace_back("with a key");
      const bool again = !ports.insert(asked.remote_port).second;
      // As a server whose patience with an idle connection ends just now.
      if (hang_up && again) shutdown(SSL_get_fd(asked.ssl), SHUT_RDWR);
      reply.set_content("{}", "application/json");
    };
    stand_in.server.Get(".*", note);
    stand_in.server.Post(".*", note);
    stand_in.start();
  }

  std::vector<std::string> seen() {
    const std::lock_guard lock(mutex);
    return methods;
  }
  std::size_t connections() {
    const std::lock_guard lock(mutex);
    return ports.size();
  }

  TestAuthority authority;
  std::mutex mutex;
  std::vector<std::string> methods;
  std::set<int> ports;
  bool hang_up = false;
  TlsStandIn stand_in;
};

TEST_CASE("a warmed connection is the one that the next request goes over") {
  Noting server;
  HttpClient client(server.authority.ca_file());
  client.warm(server.stand_in.url() + "/v1", Timeouts{}, {});
  client.warm(server.stand_in.url() + "/v1", Timeouts{}, {});  // one is open
  CHECK(server.seen() == std::vector<std::string>{"HEAD"});
  REQUIRE(ask(client, server.stand_in.url() + "/v1"));
  REQUIRE(ask(client, server.stand_in.url() + "/v1"));
  CHECK(server.seen() == std::vector<std::string>{"HEAD", "POST", "POST"});
  CHECK(server.connections() == 1);  // one connection, so one handshake
}

TEST_CASE("many warm at once, one connection is opened") {
  Noting server;
  HttpClient client(server.authority.ca_file());
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] { client.warm(server.stand_in.url(), Timeouts{}, {}); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(server.seen().size() == 1);
}

TEST_CASE("warming says nothing of what went wrong, and ends") {
  HttpClient client("");
  FakeProvider silent(Vendor::groq, test::fake_script(Vendor::groq, json::array({{{"ok", "x"}}})));
  Timeouts timeouts;
  timeouts.connect = 100ms;
  std::stop_source stopped;
  stopped.request_stop();
  client.warm("http://127.0.0.1:1", timeouts, {});
  client.warm("https://127.0.0.1:" + std::to_string(silent.port()), timeouts, {});
  client.warm("ftp://nothing", timeouts, {});
  client.warm(silent.base_url(), timeouts, stopped.get_token());
  CHECK(silent.all_bytes().find("HEAD") == std::string::npos);
}

TEST_CASE("a kept connection that the server closes meanwhile is no failed attempt") {
  for (const json& gone : {json{{"ok", "x"}, {"cutAt", 0}}, json{{"reset", true}}}) {
    FakeProvider server(Vendor::groq,
                        test::fake_script(Vendor::groq, json::array({{{"ok", "x"}}, gone, {{"ok", "y"}}})));
    HttpClient client("");
    REQUIRE(ask(client, server.base_url()));
    const auto second = ask(client, server.base_url());
    INFO(gone);
    REQUIRE(second);
    CHECK(second->body.find("y") != std::string::npos);
    CHECK(server.requests().size() == 3);
  }
}

TEST_CASE("over TLS as well") {
  Noting server;
  HttpClient client(server.authority.ca_file());
  REQUIRE(ask(client, server.stand_in.url()));
  {
    const std::lock_guard lock(server.mutex);
    server.hang_up = true;
  }
  REQUIRE(ask(client, server.stand_in.url()));
  CHECK(server.connections() == 2);
  CHECK(server.seen().size() == 3);
}

TEST_CASE("nothing else is sent again: a new connection, a reply that began, a timeout") {
  const auto count = [](const json& script, bool warm_up, Milliseconds deadline) {
    FakeProvider server(Vendor::groq, test::fake_script(Vendor::groq, script));
    HttpClient client("");
    if (warm_up) REQUIRE(ask(client, server.base_url()));
    CHECK(!ask(client, server.base_url(), deadline));
    return server.requests().size();
  };
  const json ok = {{"ok", "x"}};
  CHECK(count(json::array({{{"ok", "x"}, {"cutAt", 0}}, ok}), false, 20s) == 1);
  CHECK(count(json::array({ok, {{"ok", std::string(9000, 'x')}, {"cutAt", 5000}}, ok}), true, 20s) == 2);
  CHECK(count(json::array({ok, {{"stall", true}}, ok}), true, 300ms) == 2);
}

}  // namespace
}  // namespace autofix::providers

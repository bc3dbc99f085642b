// The HTTP client against servers that misbehave.
#include "providers/http_client.h"

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/fake_provider.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::FakeProvider;
using test::Vendor;

struct Asked {
  tl::expected<HttpReply, ProviderError> reply;
  std::chrono::milliseconds took;
};

HttpRequest request() {
  HttpRequest result;
  result.path = "/chat/completions";
  result.headers = {{"Authorization", "Bearer gsk_the-key-not-real"}, {"Content-Type", "application/json"}};
  result.body = R"({"model":"m","messages":[{"role":"user","content":"q"}]})";
  return result;
}

Asked ask(HttpClient& client, const FakeProvider& server, std::chrono::milliseconds deadline = 10s) {
  const auto begin = std::chrono::steady_clock::now();
  auto reply = client.send(server.base_url(), request(), Timeouts{}, {}, begin + deadline);
  return {std::move(reply),
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin)};
}

TEST_CASE("an answer is read whole, connections are used again") {
  FakeProvider server(Vendor::groq, test::fake_script(Vendor::groq, json::array({{{"ok", "answer"}}})));
  HttpClient client("");
  for (int i = 0; i < 20; ++i) {
    const Asked asked = ask(client, server);
    REQUIRE(asked.reply);
    CHECK(asked.reply->status == 200);
    CHECK(asked.reply->body.find("answer") != std::string::npos);
  }
  CHECK(server.requests().size() == 20);
  CHECK(server.requests().front().headers.at("accept-encoding") == "identity");
}

TEST_CASE("byte by byte is an answer, too") {
  FakeProvider server(Vendor::groq,
                      test::fake_script(Vendor::groq, json::array({{{"ok", "x"}, {"trickleMs", 1}}})));
  HttpClient client("");
  const Asked asked = ask(client, server);
  REQUIRE(asked.reply);
  CHECK(json::accept(asked.reply->body));
}

TEST_CASE("a server that never answers, or too slowly, ends with the deadline as a timeout") {
  for (const json& item : {json{{"stall", true}}, json{{"ok", std::string(5000, 'x')}, {"trickleMs", 20}}}) {
    FakeProvider server(Vendor::groq, test::fake_script(Vendor::groq, json::array({item})));
    HttpClient client("");
    const Asked asked = ask(client, server, 300ms);
    REQUIRE(!asked.reply);
    CHECK(asked.reply.error().kind == ErrorKind::timeout);
    CHECK(asked.took >= 290ms);
    CHECK(asked.took < 600ms);
  }
}

TEST_CASE("cut bodies and resets are connection errors") {
  for (const json& item :
       {json{{"ok", std::string(2000, 'x')}, {"cutAt", 300}}, json{{"ok", "x"}, {"cutAt", 10}},
        json{{"reset", true}}, json{{"ok", "x"}, {"cutAt", 0}}}) {
    FakeProvider server(Vendor::groq, test::fake_script(Vendor::groq, json::array({item})));
    HttpClient client("");
    const Asked asked = ask(client, server);
    INFO(item.dump().substr(0, 60));
    REQUIRE(!asked.reply);
    CHECK(asked.reply.error().kind == ErrorKind::connection);
  }
}

TEST_CASE("redirects are replies like any other, and nobody follows them") {
  FakeProvider other(Vendor::groq, test::fake_script(Vendor::groq, json::array({{{"ok", "x"}}})));
  for (const int status : {301, 302, 303, 307, 308}) {
    FakeProvider server(
        Vendor::groq,
        test::fake_script(Vendor::groq,
                          json::array({{{"status", status},
                                        {"headers", {{"Location", other.base_url() + "/chat/completions"}}},
                                        {"body", ""}}})));
    HttpClient client("");
    const Asked asked = ask(client, server);
    REQUIRE(asked.reply);
    CHECK(asked.reply->status == status);
  }
  CHECK(other.all_bytes().empty());
}

TEST_CASE("a body beyond the cap is given up") {
  FakeProvider server(
      Vendor::groq,
      test::fake_script(Vendor::groq,
                        json::array({{{"status", 200}, {"body", std::string(17 << 20, 'x')}}})));
  HttpClient client("");
  const Asked asked = ask(client, server, 20s);
  REQUIRE(!asked.reply);
  CHECK(asked.reply.error().kind == ErrorKind::malformed_reply);
}

TEST_CASE("nobody there, no such host, plain http elsewhere") {
  HttpClient client("");
  std::string gone;
  {
    FakeProvider server(Vendor::groq, test::fake_script(Vendor::groq, json::array({{{"ok", "x"}}})));
    gone = server.base_url();
  }
  const auto send = [&](const std::string& url) {
    return client.send(url, request(), Timeouts{}, {}, std::chrono::steady_clock::now() + 5s);
  };
  REQUIRE(!send(gone));
  CHECK(send(gone).error().kind == ErrorKind::connection);
  CHECK(send(gone).error().scope == Scope::network);
  REQUIRE(!send("https://no-such-host.invalid/v1"));
  CHECK(send("https://no-such-host.invalid/v1").error().kind == ErrorKind::connection);
  REQUIRE(!send("http://example.com/v1"));
  CHECK(send("http://example.com/v1").error().kind == ErrorKind::bad_request);
}

TEST_CASE("a stop ends a call at once, before and while it waits") {
  FakeProvider server(Vendor::groq, test::fake_script(Vendor::groq, json::array({{{"stall", true}}})));
  HttpClient client("");
  std::stop_source stopped;
  stopped.request_stop();
  const auto early = client.send(server.base_url(), request(), Timeouts{}, stopped.get_token(),
                                 std::chrono::steady_clock::now() + 5s);
  REQUIRE(!early);
  CHECK(early.error().kind == ErrorKind::cancelled);
  CHECK(server.requests().empty());

  std::stop_source stop;
  std::thread canceller([&] {
    REQUIRE(server.wait_for_requests(1));
    stop.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto late = client.send(server.base_url(), request(), Timeouts{}, stop.get_token(), begin + 20s);
  canceller.join();
  REQUIRE(!late);
  CHECK(late.error().kind == ErrorKind::cancelled);
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  CHECK(server.wait_for_hang_ups(1));
}

TEST_CASE("calls of several threads do not disturb each other") {
  FakeProvider server(Vendor::groq,
                      test::fake_script(Vendor::groq, json::array({{{"ok", "answer"}, {"delayMs", 5}}})));
  HttpClient client("");
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        const Asked asked = ask(client, server);
        if (asked.reply && asked.reply->body.find("answer") != std::string::npos) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 60);
}

}  // namespace
}  // namespace autofix::providers

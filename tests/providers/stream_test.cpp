// Streamed replies over real sockets: the limits that bite early, progress, and servers that know no streams.
#include <nlohmann/json.hpp>

#include "providers/chain.h"
#include "providers/http_client.h"
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
  std::chrono::steady_clock::duration took;
  std::vector<std::size_t> progress;
};

Asked ask(const json& script, const Timeouts& timeouts, bool stream = true) {
  FakeProvider server(Vendor::groq, test::fake_script(Vendor::groq, script));
  HttpClient client("");
  HttpRequest request;
  request.path = "/chat/completions";
  request.headers = {{"Authorization", "Bearer gsk_the-key-not-real"}, {"Content-Type", "application/json"}};
  request.body =
      json{{"model", "m"}, {"messages", {{{"role", "user"}, {"content", "q"}}}}, {"stream", stream}}.dump();
  request.stream = stream;
  const auto begin = std::chrono::steady_clock::now();
  Asked asked;
  asked.reply = client.send(server.base_url(), request, timeouts, {}, begin + 60s,
                            [&](std::size_t bytes) { asked.progress.push_back(bytes); });
  asked.took = std::chrono::steady_clock::now() - begin;
  return asked;
}

Timeouts limits(Milliseconds first_byte, Milliseconds idle, Milliseconds total = 60s) {
  Timeouts timeouts;
  timeouts.first_byte = first_byte;
  timeouts.idle = idle;
  timeouts.total = total;
  return timeouts;
}

TEST_CASE("progress tells the bytes that have come, up to all of them") {
  for (const bool stream : {true, false}) {
    const Asked asked = ask(json::array({{{"ok", std::string(100'000, 'x')}}}), Timeouts{}, stream);
    REQUIRE(asked.reply);
    REQUIRE(asked.progress.size() > 1);
    CHECK(std::is_sorted(asked.progress.begin(), asked.progress.end()));
    CHECK(asked.progress.back() == asked.reply->body.size());
  }
}

TEST_CASE("a stream whose first byte does not come ends early and says so") {
  const Asked asked = ask(json::array({{{"stall", true}}}), limits(200ms, 30s));
  REQUIRE(!asked.reply);
  CHECK(asked.reply.error().kind == ErrorKind::timeout);
  CHECK(asked.reply.error().scope == Scope::provider);
  CHECK(asked.reply.error().message == "no first byte within 0.2 s");
  CHECK(asked.took >= 200ms);
  CHECK(asked.took < 20s);
}

TEST_CASE("a stream that stalls ends early and says so") {
  for (const int events : {0, 2}) {
    const Asked asked = ask(json::array({{{"ok", "answer"}, {"stallAfter", events}}}), limits(30s, 200ms));
    REQUIRE(!asked.reply);
    CHECK(asked.reply.error().kind == ErrorKind::timeout);
    CHECK(asked.reply.error().message == "stalled for 0.2 s");
    CHECK(asked.took < 20s);
  }
}

TEST_CASE("a trickle that is never idle is bounded by the whole") {
  const Asked asked =
      ask(json::array({{{"ok", std::string(5000, 'x')}, {"trickleMs", 10}}}), limits(30s, 20s, 400ms));
  REQUIRE(!asked.reply);
  CHECK(asked.reply.error().kind == ErrorKind::timeout);
  CHECK(asked.reply.error().message == "no whole reply within 0.4 s");
}

TEST_CASE("a plain reply may take its time to begin") {
  const Asked asked = ask(json::array({{{"ok", "answer"}, {"delayMs", 150}}}), limits(10ms, 10ms), false);
  CHECK(asked.reply);
}

class FixedClock final : public Clock {
 public:
  Now now() const override {
    return {WallTime(std::chrono::seconds(1'771'761'600)), std::chrono::steady_clock::now()};
  }
};

/// One link to one stand-in.
struct OneLink {
  OneLink(Vendor vendor, DialectKind kind, const json& script, bool stream = true)
      : server(vendor, test::fake_script(vendor, script)), state(make_memory_chain_documents()) {
    LinkConfig link;
    link.name = "link";
    link.dialect = kind;
    link.base_url = server.base_url();
    link.models = {"model"};
    link.credentials = {{"key-not-real", "test"}};
    link.stream = stream;
    chain = std::make_unique<Chain>(std::vector<LinkConfig>{link}, ChainOptions{}, *state, clock);
  }

  tl::expected<Completion, ProviderError> ask(const std::function<void(std::size_t)>& on_bytes = {}) {
    Query query;
    query.estimate.input_tokens = 10;
    query.deadline = std::chrono::steady_clock::now() + 30s;
    const Step step = chain->next(query);
    REQUIRE(step.action == Step::Action::send);
    Prompt prompt;
    prompt.messages = {{Message::Role::user, "q"}};
    return chain->send(step, prompt, {}, query.deadline, on_bytes).completion;
  }

  FakeProvider server;
  std::unique_ptr<ChainDocuments> state;
  FixedClock clock;
  std::unique_ptr<Chain> chain;
};

const std::pair<Vendor, DialectKind> kVendors[] = {{Vendor::gemini, DialectKind::gemini},
                                                   {Vendor::groq, DialectKind::openai},
                                                   {Vendor::openai, DialectKind::openai},
                                                   {Vendor::anthropic, DialectKind::anthropic}};

TEST_CASE("every vendor: the streamed reply is the plain one") {
  const std::string text = "A longer answer, ünd nöt \xF0\x9F\x98\x80 only ASCII.";
  for (const auto& [vendor, kind] : kVendors) {
    OneLink streamed(vendor, kind, json::array({{{"ok", text}}}));
    OneLink plain(vendor, kind, json::array({{{"ok", text}}}), false);
    OneLink ignored(vendor, kind, json::array({{{"ok", text}, {"stream", false}}}));
    std::size_t bytes = 0;
    const auto one = streamed.ask([&](std::size_t count) { bytes = count; });
    const auto two = plain.ask();
    const auto three = ignored.ask();
    REQUIRE(one);
    REQUIRE(two);
    REQUIRE(three);
    CHECK(bytes > text.size());
    for (const Completion& completion : {*one, *two, *three}) {
      CHECK(completion.text == text);
      CHECK(completion.model == two->model);
      CHECK(completion.usage.input_tokens == two->usage.input_tokens);
      CHECK(completion.usage.output_tokens == two->usage.output_tokens);
    }
    CHECK(streamed.server.requests()[0].bytes.find("tream") != std::string::npos);
    CHECK(plain.server.requests()[0].bytes.find("tream") == std::string::npos);
  }
}

TEST_CASE("every vendor: cut, without an end, with an error inside") {
  struct Row {
    json item;
    ErrorKind kind;
  };
  const Row rows[] = {{{{"ok", "answer"}, {"streamCutAfter", 1}}, ErrorKind::connection},
                      {{{"ok", "answer"}, {"noEnd", true}}, ErrorKind::malformed_reply},
                      {{{"ok", "answer"}, {"streamError", "overloaded"}}, ErrorKind::overloaded},
                      {{{"preset", "length"}}, ErrorKind::cancelled}};
  for (const auto& [vendor, kind] : kVendors) {
    for (const Row& row : rows) {
      OneLink link(vendor, kind, json::array({row.item}));
      const auto reply = link.ask();
      INFO(link.server.base_url() << " " << row.item);
      if (row.kind == ErrorKind::cancelled) {  // not an error
        REQUIRE(reply);
        CHECK(reply->stop_reason == StopReason::length);
        continue;
      }
      REQUIRE(!reply);
      CHECK(reply.error().kind == row.kind);
      CHECK(reply.error().scope == Scope::provider);
    }
  }
}

TEST_CASE("a server that knows no streaming is asked once more without, and never again with it") {
  OneLink link(Vendor::gemini, DialectKind::gemini,
               json::array({{{"status", 404}, {"body", "404 page not found"}}, {{"ok", "answer"}}}));
  REQUIRE(link.ask());
  REQUIRE(link.ask());
  const auto requests = link.server.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].path.find(":streamGenerateContent") != std::string::npos);
  CHECK(requests[1].path.ends_with(":generateContent"));
  CHECK(requests[2].path.ends_with(":generateContent"));
}

TEST_CASE("Gemini's own 404 is about the model") {
  OneLink link(Vendor::gemini, DialectKind::gemini, json::array({{{"preset", "model_gone"}}}));
  const auto reply = link.ask();
  REQUIRE(!reply);
  CHECK(reply.error().kind == ErrorKind::model_gone);
  CHECK(link.server.requests().size() == 1);
}

}  // namespace
}  // namespace autofix::providers

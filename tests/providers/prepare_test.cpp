// What the chain does ahead of need while the first link thinks, over real TLS.
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "providers/chain.h"
#include "providers/key_id.h"
#include "providers/link_record.h"
#include "tests/providers/tls_stand_in.h"
#include "tests/support/catch.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::TestAuthority;
using test::TlsStandIn;

constexpr const char* kKey = "gsk_prepare-key-not-real";

/// Groq over TLS: counts what it is asked and over which connections.
struct Groq {
  explicit Groq(int models_status, json models = json::array({"model-c", "model-d"}))
      : stand_in(authority.issue({})) {
    stand_in.server.set_tcp_nodelay(true);
    stand_in.server.Get(
        "/v1/models", [=, this](const httplib::Request& request, httplib::Response& response) {
          note(request, "models");
          json data = json::array();
          for (const json& model : models) data.push_back({{"id", model}});
          response.status = models_status;
          response.set_content(models_status == 200
                                   ? json{{"data", data}}.dump()
                                   : R"({"error":{"message":"Invalid API Key","code":"invalid_api_key"}})",
                               "application/json");
        });
    stand_in.server.Get("/", [this](const httplib::Request& request, httplib::Response&) {
      note(request, request.has_header("Authorization") ? "root with a key" : "root");
    });
    stand_in.server.Post(
        "/v1/chat/completions", [this](const httplib::Request& request, httplib::Response& response) {
          note(request, "chat " + json::parse(request.body).at("model").get<std::string>());
          response.set_content(
              R"({"model":"m","choices":[{"message":{"content":"answer"},"finish_reason":"stop"}]})",
              "application/json");
        });
    stand_in.start();
  }

  void note(const httplib::Request& request, const std::string& what) {
    const std::lock_guard lock(mutex);
    asked.push_back(what);
    ports.push_back(request.remote_port);
  }
  std::vector<std::string> seen() {
    const std::lock_guard lock(mutex);
    return asked;
  }

  TestAuthority authority;
  std::mutex mutex;
  std::vector<std::string> asked;
  std::vector<int> ports;
  TlsStandIn stand_in;
};

struct Setup {
  explicit Setup(const Groq& groq) : documents(make_memory_chain_documents()) {
    LinkConfig first;
    first.name = "gemini";
    first.dialect = DialectKind::gemini;
    first.base_url = "http://127.0.0.1:1/v1beta";
    first.models = {"model-a"};
    first.credentials = {{"AIza-not-real", "test"}};
    LinkConfig second;
    second.name = "groq";
    second.dialect = DialectKind::openai;
    second.base_url = groq.stand_in.url() + "/v1";
    second.models = {"model-c", "model-d"};
    second.credentials = {{kKey, "test"}};
    links = {first, second};
    options.ca_file = groq.authority.ca_file();
    chain = std::make_unique<Chain>(links, options, *documents, clock);
    query.estimate.input_tokens = 100;
    query.deadline = std::chrono::steady_clock::now() + 60s;
  }

  LinkRecord record() const {
    const std::string key = document_key("groq");
    return parse_link_record(documents->read({&key, 1}).front());
  }
  bool wait(const std::function<bool()>& condition) const {
    while (!condition()) {
      if (std::chrono::steady_clock::now() >= query.deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  /// The next link's step, with the first one out of the way.
  Step second_step() {
    static const std::vector<std::string> kDone = {"gemini"};
    Query rest = query;
    rest.done = kDone;
    return chain->next(rest);
  }
  Sent ask(const Step& step) {
    Prompt prompt;
    prompt.messages = {{Message::Role::user, "q"}};
    return chain->send(step, prompt, {}, query.deadline);
  }

  SystemClock clock;
  std::unique_ptr<ChainDocuments> documents;
  std::vector<LinkConfig> links;
  ChainOptions options;
  Query query;
  std::unique_ptr<Chain> chain;
};

TEST_CASE("a key that was never seen to work is asked for its models, and its connection is used") {
  Groq groq(200);
  Setup setup(groq);
  const Step first = setup.chain->next(setup.query);
  CHECK(first.link == "gemini");
  CHECK(groq.seen().empty());  // nothing before a fix is asked for
  setup.chain->prepare(setup.query, first);
  REQUIRE(setup.wait([&] { return setup.record().worked.contains(key_id(kKey) + "/model-c"); }));
  CHECK(groq.seen() == std::vector<std::string>{"models"});
  REQUIRE(setup.ask(setup.second_step()).completion);
  CHECK(groq.ports.at(0) == groq.ports.at(1));
}

TEST_CASE("a link that has worked only gets its connection opened, without a key") {
  Groq groq(200);
  Setup setup(groq);
  REQUIRE(setup.ask(setup.second_step()).completion);
  setup.chain = std::make_unique<Chain>(setup.links, setup.options, *setup.documents, setup.clock);
  setup.chain->prepare(setup.query, setup.chain->next(setup.query));
  REQUIRE(setup.wait([&] { return groq.seen().size() == 2; }));
  CHECK(groq.seen().back() == "root");
}

TEST_CASE("a key that is refused ahead of need costs no request later") {
  Groq groq(401);
  Setup setup(groq);
  setup.chain->prepare(setup.query, setup.chain->next(setup.query));
  REQUIRE(setup.wait([&] { return !setup.record().credentials.empty(); }));
  const Step step = setup.second_step();
  CHECK(step.action == Step::Action::pass_over);
  REQUIRE(step.reason);
  CHECK(step.reason->kind == ErrorKind::auth_failed);
  CHECK(groq.seen() == std::vector<std::string>{"models"});
}

TEST_CASE("a model that is listed no more is not asked, where another of the link's is") {
  Groq groq(200, json::array({"model-d"}));
  Setup setup(groq);
  setup.chain->prepare(setup.query, setup.chain->next(setup.query));
  REQUIRE(setup.wait([&] { return setup.record().models.contains("model-c"); }));
  REQUIRE(setup.ask(setup.second_step()).completion);
  CHECK(groq.seen().back() == "chat model-d");

  Groq stranger(200, json::array({"something-else"}));
  Setup gateway(stranger);
  gateway.chain->prepare(gateway.query, gateway.chain->next(gateway.query));
  REQUIRE(gateway.wait([&] { return !stranger.seen().empty(); }));
  gateway.chain.reset();  // waits for what was under way
  CHECK(gateway.record().models.empty());
}

TEST_CASE("a chain that goes away takes its preparations with it at once") {
  Groq groq(200);
  Setup setup(groq);
  const auto begin = std::chrono::steady_clock::now();
  setup.chain->prepare(setup.query, setup.chain->next(setup.query));
  setup.chain.reset();
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
}

}  // namespace
}  // namespace autofix::providers

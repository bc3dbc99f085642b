// Which link comes next, on values: what must hold whatever providers answer.
#include "providers/selection.h"

#include <map>
#include <random>

#include "providers/key_id.h"
#include "tests/support/catch.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

std::vector<LinkConfig> three_links() {
  std::vector<LinkConfig> links;
  for (const char* name : {"a", "b", "c"}) {
    LinkConfig link;
    link.name = name;
    link.dialect = DialectKind::openai;
    link.models = {std::string(name) + "-large", std::string(name) + "-small"};
    link.credentials = {{std::string("key-one-") + name, "test"}, {std::string("key-two-") + name, "test"}};
    links.push_back(link);
  }
  return links;
}

/// One request driven to its end; time passes by the waits and by what the answers take.
struct Run {
  explicit Run(unsigned seed) : random(seed), links(three_links()) {
    begin.wall = WallTime(std::chrono::seconds(1'771'761'600));
    begin.steady = SteadyTime(1h);
    now = begin;
    deadline = now.steady + 60s;
  }

  Step next() {
    Knowledge known;
    known.links = links;
    known.max_retries = 1;
    known.record = [&](const LinkConfig& link) -> const LinkRecord& { return records[link.name]; };
    known.network_closed = [](const LinkConfig&) { return std::nullopt; };
    known.roll = [&] { return std::uniform_real_distribution<double>(0, 1)(random); };
    known.now = now;
    Query query;
    query.estimate.input_tokens = 100;
    query.tried = tried;
    query.done = done;
    query.deadline = deadline;
    return select(known, query);
  }

  ProviderError any_error() {
    ProviderError error;
    constexpr ErrorKind kKinds[] = {
        ErrorKind::quota_exhausted, ErrorKind::rate_limited, ErrorKind::auth_failed,
        ErrorKind::billing,         ErrorKind::model_gone,   ErrorKind::overloaded,
        ErrorKind::timeout,         ErrorKind::connection,   ErrorKind::bad_request,
        ErrorKind::refused,         ErrorKind::too_large,    ErrorKind::malformed_reply};
    error.kind = kKinds[random() % std::size(kKinds)];
    constexpr Scope kScopes[] = {Scope::request, Scope::provider, Scope::pool, Scope::network};
    error.scope = kScopes[random() % std::size(kScopes)];
    error.http_status = random() % 2 == 0 ? 500 : 0;
    if (random() % 2 == 0) error.retry_at = now.wall + std::chrono::seconds(random() % 90);
    if (random() % 4 == 0) error.tokens_limit = 4'000;
    error.loading = error.kind == ErrorKind::overloaded && random() % 3 == 0;
    return error;
  }

  std::mt19937 random;
  std::vector<LinkConfig> links;
  std::map<std::string, LinkRecord> records;
  Now begin{};
  Now now{};
  SteadyTime deadline;
  std::vector<Tried> tried;
  std::vector<std::string> done;
};

TEST_CASE("no request after the deadline, no endless repeats, no link or key twice after a plain no") {
  for (unsigned seed = 0; seed < 500; ++seed) {
    INFO("seed " << seed);
    Run run(seed);
    std::map<std::string, int> sent;
    bool ended = false;
    for (int steps = 0; steps < 200; ++steps) {
      const Step step = run.next();
      if (step.action == Step::Action::give_up) {
        ended = true;
        break;
      }
      if (step.action == Step::Action::pass_over) {
        run.tried.push_back({step.link, "", "", false, step.reason});
        run.done.push_back(step.link);
        continue;
      }
      REQUIRE(step.action == Step::Action::send);
      REQUIRE(run.now.steady + step.wait < run.deadline);
      for (const Tried& before : run.tried) {
        if (before.link != step.link || !before.error) continue;
        const bool same_key = before.key_id == step.key_id;
        if (before.error->kind == ErrorKind::auth_failed) REQUIRE(!same_key);
        if (before.error->kind == ErrorKind::refused) REQUIRE(false);
        if (before.error->kind == ErrorKind::bad_request) REQUIRE(false);
        // Too long a wait for somebody else's sake would be patience at the user's cost.
      }
      ++sent[step.link];
      run.now.wall += step.wait;
      run.now.steady += step.wait;
      const Milliseconds took(run.random() % 3'000);
      run.now.wall += took;
      run.now.steady += took;
      run.tried.push_back({step.link, step.model, step.key_id, true, run.any_error()});
    }
    REQUIRE(ended);
    // Two keys, two models, a repeat, a smaller prompt, one patient wait, and a model that takes its time to
    // load.
    for (const auto& [link, count] : sent) REQUIRE(count <= 16);
  }
}

TEST_CASE("when the time is up nothing more is asked") {
  Run run(1);
  run.now.steady = run.deadline;
  CHECK(run.next().action == Step::Action::give_up);
}

TEST_CASE("with enough time for nothing but the wait, nobody waits") {
  Run run(1);
  run.links.resize(1);
  run.links[0].credentials.pop_back();
  ProviderError error;
  error.kind = ErrorKind::rate_limited;
  error.scope = Scope::pool;
  error.retry_at = run.now.wall + 58s;
  run.tried.push_back({"a", "a-large", key_id("key-one-a"), true, error});
  CHECK(run.next().action == Step::Action::give_up);
  error.retry_at = run.now.wall + 20s;
  run.tried.back().error = error;
  const Step step = run.next();
  CHECK(step.action == Step::Action::send);
  CHECK(step.wait == 20s);
}

}  // namespace
}  // namespace autofix::providers

// Every fault of a provider, through the chain as the engine drives it: the next link answers, in time, and
// the first one's failure has its right name. Then pairs of faults by chance.
#include <algorithm>
#include <filesystem>
#include <random>
#include <sys/resource.h>
#include <thread>

#include "providers/chain.h"
#include "tests/providers/faults.h"
#include "tests/support/catch.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;
using test::Fault;
using test::Peer;
using test::TestAuthority;

constexpr auto kDeadline = 90s;

LinkConfig link_to(const Peer& peer, std::string name, DialectKind dialect, bool stream,
                   const Timeouts& timeouts) {
  LinkConfig link;
  link.name = std::move(name);
  link.dialect = dialect;
  link.base_url = peer.base_url;
  link.models = {"model"};
  link.credentials = {{"key-not-real-" + link.name, "test"}};
  link.stream = stream;
  link.timeouts = timeouts;
  return link;
}

struct Outcome {
  std::vector<Tried> tried;
  std::optional<Completion> completion;
  std::string from;
  std::chrono::steady_clock::duration took{};
};

/// The engine's loop in small. Waits are not waited: they are short, and the table is long.
Outcome drive(std::vector<LinkConfig> links, const std::string& ca_file) {
  const SystemClock clock;
  const auto state = make_memory_chain_documents();
  ChainOptions options;
  options.ca_file = ca_file;
  Chain chain(std::move(links), options, *state, clock);
  Outcome outcome;
  std::vector<std::string> done;
  Query query;
  query.estimate.input_tokens = 100;
  const auto begin = std::chrono::steady_clock::now();
  query.deadline = begin + kDeadline;
  Prompt prompt;
  prompt.system = "s";
  prompt.messages = {{Message::Role::user, "q"}};
  for (int i = 0; i < 20 && !outcome.completion; ++i) {
    query.tried = outcome.tried;
    query.done = done;
    const Step step = chain.next(query);
    if (step.action == Step::Action::give_up) break;
    if (step.action == Step::Action::pass_over) {
      outcome.tried.push_back({step.link, "", "", false, step.reason});
      done.push_back(step.link);
      continue;
    }
    Sent sent = chain.send(step, prompt, {}, query.deadline);
    if (sent.completion) {
      outcome.completion = std::move(*sent.completion);
      outcome.from = step.link;
    } else {
      outcome.tried.push_back({step.link, step.model, step.key_id, true, sent.completion.error()});
    }
  }
  outcome.took = std::chrono::steady_clock::now() - begin;
  return outcome;
}

Timeouts generous() {
  Timeouts timeouts;
  timeouts.connect = timeouts.first_byte = timeouts.idle = timeouts.total = 60s;
  return timeouts;
}

bool is_expected(const Fault& fault, ErrorKind kind) {
  return std::ranges::find(fault.kinds, kind) != fault.kinds.end();
}

void check_table(DialectKind dialect, bool stream) {
  const TestAuthority authority;
  const Peer good = test::good_peer(DialectKind::openai);
  for (const Fault& fault : test::all_faults(dialect, stream, authority)) {
    const Peer bad = fault.start();
    const Outcome outcome = drive({link_to(bad, "first", dialect, stream, fault.timeouts),
                                   link_to(good, "second", DialectKind::openai, true, generous())},
                                  authority.ca_file());
    INFO(fault.name << (stream ? ", streamed" : ", plain"));
    CHECK(outcome.completion);
    CHECK(outcome.from == "second");
    CHECK(outcome.took < kDeadline / 2);
    REQUIRE(!outcome.tried.empty());
    for (const Tried& tried : outcome.tried) {
      REQUIRE(tried.error);
      INFO(name_of(tried.error->kind) << ": " << tried.error->message);
      CHECK(tried.link == "first");
      CHECK(is_expected(fault, tried.error->kind));
      CHECK(!tried.error->message.empty());
      CHECK(tried.error->message.find("key-not-real") == std::string::npos);
    }
    CHECK(bad.kept_out());
  }
}

TEST_CASE("faults of Gemini, streamed") {
  check_table(DialectKind::gemini, true);
}
TEST_CASE("faults of Gemini, plain") {
  check_table(DialectKind::gemini, false);
}
TEST_CASE("faults in OpenAI's dialect, streamed") {
  check_table(DialectKind::openai, true);
}
TEST_CASE("faults in OpenAI's dialect, plain") {
  check_table(DialectKind::openai, false);
}
TEST_CASE("faults of Anthropic, streamed") {
  check_table(DialectKind::anthropic, true);
}
TEST_CASE("faults of Anthropic, plain") {
  check_table(DialectKind::anthropic, false);
}

TEST_CASE("no reply takes the memory that it asks for") {
  const auto peak = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
  };
  const TestAuthority authority;
  const long before = peak();
  for (const bool stream : {true, false}) {
    for (const Fault& fault : test::all_faults(DialectKind::openai, stream, authority)) {
      const bool floods = fault.name == "1 GB body" || fault.name == "gzip bomb" ||
                          fault.name.find("ndless") != std::string::npos;
      if (!floods) continue;
      const Peer bad = fault.start();
      const Outcome outcome = drive({link_to(bad, "first", DialectKind::openai, stream, fault.timeouts)}, "");
      CHECK(!outcome.completion);
    }
  }
  // MiB; a sanitizer takes some three times as much. The floods have a gigabyte or no end.
  CHECK(peak() - before < 800);
}

std::ptrdiff_t entries(const char* folder) {
  return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
}

struct Held {
  std::ptrdiff_t descriptors = entries("/proc/self/fd");
  std::ptrdiff_t threads = entries("/proc/self/task");
  bool operator==(const Held&) const = default;
};

TEST_CASE(
    "two hundred pairs of faults by chance end with a completion or a clear error, and nothing is left") {
  const TestAuthority authority;
  const unsigned seed = std::random_device{}();
  std::minstd_rand random(seed);
  const auto pick = [&](std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
  };
  const DialectKind dialects[] = {DialectKind::gemini, DialectKind::openai, DialectKind::anthropic};
  std::optional<Held> before;
  for (int round = 0; round < 210; ++round) {
    std::vector<LinkConfig> links;
    std::vector<Peer> peers;
    std::vector<Fault> met;
    for (const char* name : {"first", "second"}) {
      const DialectKind dialect = dialects[pick(3)];
      const bool stream = pick(2) == 0;
      std::vector<Fault> faults = test::all_faults(dialect, stream, authority);
      // A lookup that fails may go on in its own thread for a while.
      std::erase_if(faults, [](const Fault& fault) { return fault.name == "no such host"; });
      // Every eighth is none.
      const bool is_good = pick(8) == 0;
      met.push_back(is_good ? Fault{"none", {}, [=] { return test::good_peer(dialect); }, generous()}
                            : faults[pick(faults.size())]);
      peers.push_back(met.back().start());
      links.push_back(link_to(peers.back(), name, dialect, stream, met.back().timeouts));
    }
    const Outcome outcome = drive(std::move(links), authority.ca_file());
    INFO("seed " << seed << " round " << round << ": " << met[0].name << ", " << met[1].name);
    CHECK(outcome.took < kDeadline / 2);
    CHECK(outcome.completion.has_value() == (met[0].kinds.empty() || met[1].kinds.empty()));
    for (const Tried& tried : outcome.tried) {
      REQUIRE(tried.error);
      INFO(tried.link << " " << name_of(tried.error->kind) << ": " << tried.error->message);
      CHECK(!tried.error->message.empty());
      CHECK(is_expected(met[tried.link == "first" ? 0 : 1], tried.error->kind));
    }
    for (const Peer& peer : peers) CHECK(peer.kept_out());
    peers.clear();
    // What libraries open once stays open.
    if (round == 9) before = Held{};
  }
  CHECK(Held{} == *before);
}

}  // namespace
}  // namespace autofix::providers

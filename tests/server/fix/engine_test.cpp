// The failover loop with scripted local sources: what becomes of a candidate, without any network. Model
// links are driven end to end by tests/fixtures.
#include "server/fix/engine.h"

#include <deque>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sstream>

#include "server/fix/fix_run.h"
#include "tests/support/catch.h"

namespace autofix::fix {
namespace {

using providers::DialectKind;
using providers::ErrorKind;

ReplyEdit replace(std::string path, std::string search, std::string with) {
  ReplyEdit edit;
  edit.path = std::move(path);
  edit.search = std::move(search);
  edit.replace = std::move(with);
  return edit;
}

/// Answers one scripted edit, or refuses when there is none.
class ScriptedSource final : public FixSource {
 public:
  explicit ScriptedSource(std::optional<ReplyEdit> edit) : edit_(std::move(edit)) {}

  tl::expected<Proposal, providers::ProviderError> propose(const RequestContext&, const FixRequest&,
                                                           std::span<const Feedback>) override {
    if (!edit_) {
      providers::ProviderError error;
      error.kind = ErrorKind::refused;
      error.message = "nothing it is sure of";
      return tl::unexpected(error);
    }
    Proposal proposal;
    proposal.reply.edits = {*edit_};
    proposal.reply.summary = "Fixed it.";
    proposal.model = "rule";
    return proposal;
  }

 private:
  std::optional<ReplyEdit> edit_;
};

class ScriptedVerifier final : public Verifier {
 public:
  explicit ScriptedVerifier(std::deque<Verification::State> states) : states_(std::move(states)) {}

  Verification verify(const RequestContext&, const Patch&) override {
    Verification verification;
    verification.state = states_.front();
    if (states_.size() > 1) states_.pop_front();
    verification.reason = "not_reproduced: scripted";
    return verification;
  }

 private:
  std::deque<Verification::State> states_;
};

/// An engine whose chain is `edits.size()` local links, each with one scripted answer.
struct Rig {
  explicit Rig(std::vector<std::optional<ReplyEdit>> edits, EngineOptions options = {}) {
    std::vector<providers::LinkConfig> links;
    std::map<std::string, std::unique_ptr<FixSource>> sources;
    for (std::size_t i = 0; i < edits.size(); ++i) {
      providers::LinkConfig link;
      link.name = "source" + std::to_string(i);
      link.display_name = "Source " + std::to_string(i);
      link.dialect = DialectKind::none;
      link.needs_key = false;
      links.push_back(link);
      sources.emplace(link.name, std::make_unique<ScriptedSource>(std::move(edits[i])));
    }
    auto log =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text));
    log->set_pattern("%v");
    state = providers::make_memory_chain_documents();
    chain = std::make_unique<providers::Chain>(std::move(links), providers::ChainOptions{}, *state, clock);
    engine =
        std::make_unique<FixEngine>(*chain, std::move(sources), clock, std::move(log), std::move(options));
    request.files = make_memory_files({{"app/a.py", "x = foo\ny = 1\n"}, {"other/b.py", "z = 1\n"}});
    problems::Problem problem;
    problem.path = "app/a.py";
    problem.message = "undefined name 'foo'";
    request.problems = {problem};
    request.budget.deadline = clock.now().steady + std::chrono::seconds(30);
  }

  FixResult run(Verifier* verifier = nullptr) { return engine->run(context, request, verifier); }

  std::string outcomes(const FixResult& result) const {
    std::string out;
    for (const Attempt& attempt : result.attempts) out += std::string(name_of(attempt.outcome)) + " ";
    return out;
  }

  std::ostringstream log_text;
  providers::SystemClock clock;
  std::unique_ptr<providers::ChainDocuments> state;
  std::unique_ptr<providers::Chain> chain;
  std::unique_ptr<FixEngine> engine;
  RequestContext context{"session-1", {}, {}};
  FixRequest request;
};

const ReplyEdit kGood = replace("app/a.py", "x = foo", "x = 1");
const ReplyEdit kMissing = replace("app/a.py", "x = bar", "x = 1");
const ReplyEdit kElsewhere = replace("other/b.py", "z = 1", "z = 2");
const ReplyEdit kControl = replace(".git/config", "", "x");

}  // namespace

TEST_CASE("a good candidate becomes a fix") {
  Rig rig({kGood});
  const FixResult result = rig.run();
  CHECK(result.status == Status::unverified);
  CHECK(result.link == "source0");
  CHECK(result.model == "rule");
  CHECK(result.summary == "Fixed it.");
  CHECK(result.session_id == "session-1");
  REQUIRE(result.patch);
  CHECK(result.patch->files[0].after == "x = 1\ny = 1\n");
  CHECK(rig.outcomes(result) == "ok ");
}

TEST_CASE("what a source gives decides the outcome, and the next one is asked") {
  struct Row {
    std::optional<ReplyEdit> first;
    std::string outcomes;
  };
  const Row rows[] = {{std::nullopt, "refused ok "},
                      {kMissing, "edit_failed ok "},
                      {kElsewhere, "rejected_by_check ok "},
                      {kControl, "rejected_by_check ok "}};
  for (const Row& row : rows) {
    Rig rig({row.first, kGood});
    const FixResult result = rig.run();
    INFO(row.outcomes);
    CHECK(rig.outcomes(result) == row.outcomes);
    CHECK(result.status == Status::unverified);
    CHECK(result.link == "source1");
    CHECK(rig.log_text.str().find(", trying Source 1 fallback") != std::string::npos);
  }
}

TEST_CASE("verification decides the status") {
  using State = Verification::State;
  struct Row {
    std::deque<State> states;
    Status status;
    std::string outcomes;
  };
  const Row rows[] = {{{State::passed}, Status::verified, "ok "},
                      {{State::not_run}, Status::unverified, "ok "},
                      {{State::failed, State::passed}, Status::verified, "failed_verification ok "},
                      {{State::failed}, Status::rejected, "failed_verification failed_verification "}};
  for (const Row& row : rows) {
    Rig rig({kGood, kGood});
    ScriptedVerifier verifier(row.states);
    const FixResult result = rig.run(&verifier);
    INFO(row.outcomes);
    CHECK(result.status == row.status);
    CHECK(rig.outcomes(result) == row.outcomes);
    CHECK(result.patch.has_value() == (row.status != Status::rejected));
  }
}

TEST_CASE("required verification that cannot run accepts nothing") {
  EngineOptions options;
  options.verification_required = true;
  Rig without({kGood}, options);
  CHECK(without.run().status == Status::rejected);
  Rig with({kGood}, options);
  ScriptedVerifier verifier({Verification::State::not_run});
  CHECK(with.run(&verifier).status == Status::rejected);
}

/// Answers with whole verifications, and notes when it was asked to begin.
class TellingVerifier final : public Verifier {
 public:
  explicit TellingVerifier(std::deque<Verification> answers) : answers_(std::move(answers)) {}

  void begin(const RequestContext&) override { ++begun; }
  Verification verify(const RequestContext&, const Patch&) override {
    ++asked;
    Verification answer = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    return answer;
  }

  int begun = 0;
  int asked = 0;

 private:
  std::deque<Verification> answers_;
};

Verification failing(int failures, std::string reason) {
  Verification verification;
  verification.state = Verification::State::failed;
  verification.before = RunCounts{1, 3};
  verification.after = RunCounts{failures, 4 - failures};
  verification.reason = std::move(reason);
  return verification;
}

TEST_CASE("of the candidates that were proven wrong the best one stays to be looked at, and is no fix") {
  Rig rig({replace("app/a.py", "x = foo", "x = 1"), replace("app/a.py", "x = foo", "x = 2"),
           replace("app/a.py", "x = foo", "x = 3")});
  TellingVerifier verifier({failing(3, "three"), failing(1, "one"), failing(2, "two")});
  const FixResult result = rig.run(&verifier);
  CHECK(verifier.begun == 1);
  CHECK(verifier.asked == 3);
  CHECK(result.status == Status::rejected);
  CHECK(result.reason == "failed_verification");
  CHECK(result.applied == false);
  CHECK_FALSE(result.patch);
  REQUIRE(result.rejected);
  CHECK(result.rejected->files.front().after == "x = 2\ny = 1\n");
  CHECK(result.link == "source1");
  CHECK(result.verification.reason == "one");
  CHECK(rig.log_text.str().find("Source 0 failed verification, trying Source 1 fallback") !=
        std::string::npos);
}

TEST_CASE("a failure that comes and goes ends the search: nothing can be proven") {
  Rig rig({replace("app/a.py", "x = foo", "x = 1"), replace("app/a.py", "x = foo", "x = 2")});
  Verification flaky;
  flaky.reason = "flaky: test_x fails once and passes once without any change";
  TellingVerifier verifier({flaky});
  const FixResult result = rig.run(&verifier);
  CHECK(verifier.asked == 1);
  CHECK(result.status == Status::no_fix);
  CHECK(result.reason == "flaky");
  CHECK(result.message.find("test_x") != std::string::npos);
  CHECK_FALSE(result.patch);
  CHECK(result.rejected);
}

TEST_CASE("where fixes are proven, one that weakens a test is none without the user's word") {
  const auto run = [](bool confirmed) {
    Rig rig({replace("tests/test_a.py", "assert f() == 2", "assert f() == 1"),
             replace("app/a.py", "x = foo", "x = 1")});
    rig.request.files = make_memory_files(
        {{"app/a.py", "x = foo\n"}, {"tests/test_a.py", "def test_a():\n  assert f() == 2\n"}});
    problems::Problem in_test = rig.request.problems.front();
    in_test.path = "tests/test_a.py";
    rig.request.problems.push_back(in_test);
    rig.request.confirmed = confirmed;
    Verification passed;
    passed.state = Verification::State::passed;
    TellingVerifier verifier({passed});
    const FixResult result = rig.run(&verifier);
    CHECK(result.status == Status::verified);
    CHECK(verifier.asked == 1);
    return result;
  };
  const FixResult mended = run(false);
  CHECK(mended.link == "source1");
  CHECK(mended.attempts.front().outcome == Outcome::failed_verification);
  CHECK(mended.attempts.front().message.find("demands less") != std::string::npos);
  CHECK(run(true).link == "source0");
}

TEST_CASE("why nobody proves a fix is told with it") {
  Rig rig({replace("app/a.py", "x = foo", "x = 1")});
  rig.request.no_verifier = "untrusted: nothing is run in a project that is not trusted";
  const FixResult result = rig.run();
  CHECK(result.status == Status::unverified);
  CHECK(result.reason == "untrusted");
  EngineOptions required;
  required.verification_required = true;
  Rig strict({replace("app/a.py", "x = foo", "x = 1")}, required);
  strict.request.no_verifier = "no_recipe: no recipe for diagnostics of X";
  const FixResult refused = strict.run();
  CHECK(refused.status == Status::rejected);
  CHECK(refused.reason == "no_recipe");
  CHECK(refused.attempts.empty());
}

TEST_CASE("no problem, no link, no time, a stop: one clear answer each") {
  Rig nothing({kGood});
  nothing.request.problems.clear();
  CHECK(nothing.run().status == Status::nothing_to_fix);

  Rig no_links({});
  const FixResult exhausted = no_links.run();
  CHECK(exhausted.status == Status::no_fix);
  CHECK(exhausted.message == "All providers exhausted: no link is configured.");
  CHECK_FALSE(exhausted.next_step.empty());

  Rig late({kGood});
  late.request.budget.deadline = late.clock.now().steady - std::chrono::seconds(1);
  const FixResult out_of_time = late.run();
  CHECK(out_of_time.status == Status::no_fix);
  CHECK(out_of_time.message.starts_with("Out of time."));

  Rig stopped({kGood});
  std::stop_source stop;
  stop.request_stop();
  stopped.context.stop = stop.get_token();
  CHECK(stopped.run().status == Status::cancelled);
}

TEST_CASE("only the links that were asked for are used, in their order") {
  Rig rig({kGood, kMissing, kGood});
  rig.request.only_links = {"source1", "source2"};
  const FixResult result = rig.run();
  CHECK(result.link == "source2");
  CHECK(rig.outcomes(result) == "edit_failed ok ");
}

TEST_CASE("the error for an exhausted chain names every link, when to try again, and what would help") {
  const providers::WallTime now(std::chrono::seconds(1771833600));
  const auto attempt = [&](std::string name, Outcome outcome, std::optional<int> wait) {
    Attempt made;
    made.link = name;
    made.display_name = name;
    made.outcome = outcome;
    if (wait) made.retry_at = now + std::chrono::seconds(*wait);
    made.message = "why";
    return made;
  };
  FixResult result;
  result.attempts = {
      attempt("Gemini", Outcome::overloaded, std::nullopt), attempt("Gemini", Outcome::quota_exhausted, 7200),
      attempt("Groq", Outcome::rate_limited, 36), attempt("Anthropic", Outcome::no_key, std::nullopt)};
  const Exhaustion told = describe_exhaustion(result, false, now);
  CHECK(told.message ==
        "All providers exhausted: Gemini quota exhausted, worth trying again at 2026-02-23T10:00:00Z (in 2 h "
        "0 min); "
        "Groq rate limited, worth trying again at 2026-02-23T08:00:36Z (in 36 s); Anthropic no key (why).");
  CHECK(told.next_step.starts_with("Wait until "));
  CHECK(told.next_step.find(" (in 36 s), or add another key") != std::string::npos);
  CHECK(told.next_step.find("another key") != std::string::npos);
}

TEST_CASE("a preview shows the prompt and asks nobody") {
  Rig rig({kGood});
  const Preview preview = rig.engine->preview(rig.request);
  CHECK(preview.link.empty());
  CHECK(preview.prompt.messages.size() == 1);
  CHECK(preview.prompt.messages[0].text.find("undefined name 'foo'") != std::string::npos);
  CHECK(preview.prompt.messages[0].text.find("y = 1") != std::string::npos);
  CHECK(preview.paths == std::vector<std::string>{"app/a.py"});
}

}  // namespace autofix::fix

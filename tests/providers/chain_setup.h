// A chain of Gemini and Groq against stand-ins on real sockets, with a clock that the test moves.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "providers/chain.h"
#include "providers/link_record.h"
#include "tests/support/catch.h"
#include "tests/support/fake_provider.h"

namespace autofix::providers {

class TestClock final : public Clock {
 public:
  Now now() const override { return {wall, std::chrono::steady_clock::now()}; }
  WallTime wall = WallTime(std::chrono::seconds(1'771'761'600));  // 2026-02-22 12:00 UTC
};

struct Setup {
  Setup(const nlohmann::json& gemini_script, const nlohmann::json& groq_script, int gemini_keys = 1,
        Routing routing = Routing::ordered)
      : gemini(test::Vendor::gemini, test::fake_script(test::Vendor::gemini, gemini_script)),
        groq(test::Vendor::groq, test::fake_script(test::Vendor::groq, groq_script)),
        documents(make_memory_chain_documents()) {
    ChainOptions options;
    options.routing = routing;
    chain = std::make_unique<Chain>(std::vector<LinkConfig>{config("gemini", gemini_keys), config("groq")},
                                    options, *documents, clock);
  }

  LinkConfig config(const std::string& name, int keys = 1) const {
    LinkConfig link;
    link.name = name;
    if (name == "gemini") {
      link.display_name = "Gemini";
      link.dialect = DialectKind::gemini;
      link.base_url = gemini.base_url();
      link.models = {"model-a", "model-b"};
      link.usd_per_million_input = 1.0;
    } else {
      link.display_name = "Groq";
      link.dialect = DialectKind::openai;
      link.base_url = groq.base_url();
      link.models = {"model-c"};
      link.usd_per_million_input = 0.1;
    }
    for (int i = 0; i < keys; ++i) {
      link.credentials.push_back({"AIza-" + name + "-key-not-real-" + std::to_string(i), "test"});
    }
    return link;
  }

  struct Done {
    std::vector<std::string> trail;  ///< `gemini quota_exhausted`, `groq ok`, `- give_up`
    std::optional<Completion> completion;
    std::vector<Tried> tried;
  };

  /// The engine's loop in small.
  Done run(std::chrono::milliseconds deadline = std::chrono::seconds(20)) {
    Done done;
    std::vector<std::string> finished;
    Query query;
    query.estimate.input_tokens = 100;
    query.deadline = std::chrono::steady_clock::now() + deadline;
    for (int i = 0; i < 20; ++i) {
      query.tried = done.tried;
      query.done = finished;
      const Step step = chain->next(query);
      if (step.action == Step::Action::give_up) return done;
      if (step.action == Step::Action::pass_over) {
        done.trail.push_back(step.link + " over " + std::string(name_of(step.reason->kind)));
        done.tried.push_back({step.link, "", "", false, step.reason});
        finished.push_back(step.link);
        continue;
      }
      clock.wall += step.wait;
      const Sent sent = chain->send(step, prompt(), {}, query.deadline);
      if (!sent.sent) {
        done.trail.push_back(step.link + " unsent " + std::string(name_of(sent.completion.error().kind)));
        finished.push_back(step.link);
        continue;
      }
      if (sent.completion) {
        done.trail.push_back(step.link + " ok");
        done.completion = *sent.completion;
        return done;
      }
      done.trail.push_back(step.link + " " + std::string(name_of(sent.completion.error().kind)));
      done.tried.push_back({step.link, step.model, step.key_id, true, sent.completion.error()});
    }
    FAIL("the chain has no end");
    return done;
  }

  static Prompt prompt() {
    Prompt result;
    result.system = "s";
    result.messages = {{Message::Role::user, "q"}};
    return result;
  }

  LinkRecord record(const std::string& link) const {
    const std::string key = document_key(link);
    return parse_link_record(documents->read({&key, 1}).front());
  }

  test::FakeProvider gemini;
  test::FakeProvider groq;
  std::unique_ptr<ChainDocuments> documents;
  TestClock clock;
  std::unique_ptr<Chain> chain;
};

using Trail = std::vector<std::string>;
inline const nlohmann::json kOk = nlohmann::json::array({{{"ok", "answer"}}});

}  // namespace autofix::providers

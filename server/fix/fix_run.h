// One run of the engine: the state of the failover loop while it goes from link to link and round to round.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "server/fix/context.h"
#include "server/fix/engine.h"
#include "server/fix/prompt.h"
#include "server/fix/redact.h"

namespace autofix::fix {

/// What a run borrows from its engine.
struct RunParts {
  providers::Chain& chain;
  const std::map<std::string, std::unique_ptr<FixSource>>& local_sources;
  const providers::Clock& clock;
  spdlog::logger& log;
  const EngineOptions& options;
  const EngineMemory& memory;
};

/// Used once, on one thread.
class FixRun {
 public:
  FixRun(const RequestContext& context, const FixRequest& request, Verifier* verifier, RunParts parts);

  FixResult run();

 private:
  /// Why a candidate was not taken.
  struct Refusal {
    Outcome outcome;
    std::string message;
  };

  bool stopped() const { return context_.stop.stop_requested(); }
  providers::Step next_step() const;
  void pass_over(const providers::Step& step);
  void ask_model(const providers::Step& step);
  /// The link's request, and one to the next link when the first is slower than it mostly is.
  void ask_two(const providers::Step& step, const BuiltPrompt& built, providers::Milliseconds delay);
  /// Tells how much of a streamed reply has come, a few times a second.
  std::function<void(std::size_t bytes)> progress_of(const providers::Step& step) const;
  BuiltPrompt prompt_for(const providers::Step& step);
  providers::Query query() const;
  void take(const providers::Step& step, const providers::Sent& sent, const BuiltPrompt& built);
  /// Another link's answer came first.
  void take_loser(const providers::Step& step, const providers::Sent& sent, const BuiltPrompt& built);
  /// An earlier reply to the same problem is a candidate like any other.
  void try_cache();
  void remember(const Reply& reply, const std::string& link, const std::string& model);
  void notice_retired(const providers::Step& step);
  void ask_local(const providers::Step& step);
  /// Another request took what was left of the link between the chain's word and the sending.
  void lose_race(const providers::Step& step, const providers::ProviderError& reason);
  void take_failure(const providers::Step& step, const providers::Sent& sent);
  void take_completion(const providers::Step& step, const providers::Sent& sent, const BuiltPrompt& built);
  /// A round of this link is used up: stay for another with what went wrong, or leave the link.
  void end_round(const std::string& link, std::string reply, std::string message);
  void leave(const std::string& link);
  void log_failover(const providers::Step& step);

  /// Locate, check, verify. On success the result holds the fix.
  std::optional<Refusal> consider(const Reply& reply, std::vector<std::string> allowed_paths);
  std::optional<Refusal> verify(const Reply& reply, const Patch& patch);
  /// Of the candidates that were proven wrong the one that breaks least stays available.
  void keep_rejected(const Reply& reply, const Patch& patch, const Verification& verification);
  std::string summary_of(const Reply& reply) const;
  std::vector<std::string> problem_paths() const;

  void report(Progress::Step step, const std::string& link, std::string message) const;
  Attempt& note(const providers::Step& step, Outcome outcome, std::string message);
  void note_error(Attempt& attempt, const providers::ProviderError& error) const;
  bool over_budget() const;
  /// Of the best candidate that was not good enough: for people to look at, for nobody to apply.
  void offer_rejected();
  FixResult finish();

  const RequestContext& context_;
  const FixRequest& request_;
  Verifier* verifier_;
  RunParts parts_;

  Context files_;
  Redactor redactor_;
  int least_input_tokens_ = 0;
  FixResult result_;
  bool accepted_ = false;
  bool had_candidate_ = false;
  bool hopeless_ = false;  ///< nothing can be proven, whoever is asked
  std::string asked_link_;
  std::string asked_model_;

  struct Rejected {
    Patch patch;
    std::string summary;
    std::string link;
    std::string model;
    Verification verification;
  };
  std::optional<Rejected> rejected_;

  std::vector<providers::Tried> tried_;
  std::vector<std::string> done_;
  std::string stay_on_;
  std::set<std::string> lost_races_;
  std::vector<std::string> cache_keys_;                    ///< in the order of the links' model families
  std::map<std::string, std::vector<Feedback>> feedback_;  // by link: one for each round it has used up

  struct Failover {
    std::string link;
    std::string display_name;
    Outcome outcome;
  };
  std::optional<Failover> failed_link_;
};

std::string first_line(std::string_view text);

/// One sentence per link: why it gave no fix and when it is worth trying again; and what would help.
struct Exhaustion {
  std::string message;
  std::string next_step;
};
Exhaustion describe_exhaustion(const FixResult& result, bool had_candidate, providers::WallTime now);

/// What the problems' own lines and the instructions take at least, in tokens: the smallest prompt worth
/// sending.
int least_prompt_tokens(const FixRequest& request, const Context& context);

}  // namespace autofix::fix

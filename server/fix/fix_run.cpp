#include "server/fix/fix_run.h"

#include <algorithm>
#include <spdlog/spdlog.h>

#include "server/fix/check_patch.h"
#include "server/fix/locate.h"

namespace autofix::fix {
namespace {

using providers::ErrorKind;
using providers::Step;

/// More steps than any sane chain needs: a guard against two parts that each wait for the other to give up.
constexpr int kMostSteps = 400;

std::string words(Outcome outcome) {
  std::string text(name_of(outcome));
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string joined(const std::vector<LocateError>& errors) {
  std::string out;
  for (const LocateError& error : errors) {
    if (!out.empty()) out += "\n";
    out += error.path + ": " + error.message;
  }
  return out;
}

}  // namespace

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

FixRun::FixRun(const RequestContext& context, const FixRequest& request, Verifier* verifier, RunParts parts)
    : context_(context),
      request_(request),
      verifier_(verifier),
      parts_(parts),
      redactor_(parts.options.redact, parts.options.secrets) {
  result_.session_id = context.id;
}

FixResult FixRun::run() {
  if (request_.problems.empty()) {
    result_.status = Status::nothing_to_fix;
    result_.message = "No problem was found.";
    result_.next_step = "Nothing has to be done.";
    return std::move(result_);
  }
  if (parts_.options.verification_required && verifier_ == nullptr) {
    // Asking would spend quota on a fix that cannot be accepted.
    result_.status = Status::rejected;
    result_.reason = "no_recipe";
    result_.message = "Verification is required, and there is no command to verify with.";
    result_.next_step = "Give one with --verify or verify.commands, or set verify.mode to auto.";
    if (!request_.no_verifier.empty()) {
      result_.reason = request_.no_verifier.substr(0, request_.no_verifier.find(':'));
      result_.message = "Verification is required, and it is not possible: " + request_.no_verifier;
    }
    return std::move(result_);
  }
  report(Progress::Step::collecting, "", "reading the project");
  files_ = collect_context(request_, parts_.options.context_exclude);
  least_input_tokens_ = least_prompt_tokens(request_, files_);
  if (verifier_ != nullptr) verifier_->begin(context_);
  if (parts_.memory.cache) try_cache();

  for (int steps = 0; steps < kMostSteps && !accepted_ && !hopeless_ && !stopped(); ++steps) {
    if (parts_.clock.now().steady >= request_.budget.deadline) break;
    const Step step = next_step();
    if (step.action == Step::Action::give_up) break;
    if (step.action == Step::Action::pass_over) {
      pass_over(step);
      continue;
    }
    if (over_budget() && step.action == Step::Action::send) {
      note(step, Outcome::skipped, "the cost limit of this request is reached");
      leave(step.link);
      continue;
    }
    log_failover(step);
    if (step.action == Step::Action::local) {
      ask_local(step);
    } else {
      ask_model(step);
    }
  }
  return finish();
}

providers::Query FixRun::query() const {
  providers::Query query;
  query.estimate.input_tokens = least_input_tokens_;
  query.tried = tried_;
  query.done = done_;
  query.only = request_.only_links;
  query.stay_on = stay_on_;
  query.deadline = request_.budget.deadline;
  return query;
}

Step FixRun::next_step() const {
  return parts_.chain.next(query());
}

void FixRun::pass_over(const Step& step) {
  providers::ProviderError reason;
  reason.kind = ErrorKind::skipped;
  if (step.reason) reason = *step.reason;
  note_error(note(step, outcome_of(reason.kind), reason.message), reason);
  tried_.push_back({step.link, step.model, step.key_id, false, reason});
  leave(step.link);
  // A link that was never set up is no failover worth a line in the operator's log.
  const bool set_up = reason.kind != ErrorKind::no_key && reason.kind != ErrorKind::skipped;
  if (set_up && (!failed_link_ || failed_link_->link != step.link)) {
    failed_link_ = Failover{step.link, step.display_name, outcome_of(reason.kind)};
  }
}

void FixRun::log_failover(const Step& step) {
  if (!failed_link_ || failed_link_->link == step.link) return;
  parts_.log.info("{} {}, trying {} fallback", failed_link_->display_name, words(failed_link_->outcome),
                  step.display_name);
  failed_link_.reset();
}

void FixRun::lose_race(const Step& step, const providers::ProviderError& reason) {
  // Once, the chain may know another key by now; twice, there is nothing left.
  if (lost_races_.insert(step.link).second) return;
  Step over = step;
  over.reason = reason;
  pass_over(over);
}

void FixRun::take_failure(const Step& step, const providers::Sent& sent) {
  const providers::ProviderError& error = sent.completion.error();
  Attempt& attempt = note(step, outcome_of(error.kind), error.message);
  note_error(attempt, error);
  attempt.elapsed = sent.record.elapsed;
  attempt.sent = true;
  if (!sent.record.model.empty()) attempt.model = sent.record.model;
  if (error.kind == ErrorKind::model_gone) notice_retired(step);
  // A local server that is not there was never part of the chain.
  if (error.kind != ErrorKind::skipped)
    failed_link_ = Failover{step.link, step.display_name, attempt.outcome};
  if (error.kind == ErrorKind::malformed_reply) {
    end_round(step.link, "", error.message);
  } else {
    // Whether the link is worth another request (another key, a smaller prompt, a repeat) is the chain's to
    // say.
    stay_on_.clear();
  }
}

void FixRun::take_completion(const Step& step, const providers::Sent& sent, const BuiltPrompt& built) {
  const providers::Completion& completion = *sent.completion;
  const std::size_t index = result_.attempts.size();
  Attempt& attempt = note(step, Outcome::ok, "");
  attempt.elapsed = sent.record.elapsed;
  if (!completion.model.empty()) attempt.model = completion.model;
  attempt.http_status = 200;
  attempt.sent = true;
  attempt.usage = completion.usage;
  asked_link_ = step.link;
  asked_model_ = attempt.model;

  std::optional<Refusal> refusal;
  if (auto reply = parse_reply(completion.text, built.whole_paths); !reply) {
    const bool cut = completion.stop_reason == providers::StopReason::length;
    refusal = Refusal{
        Outcome::malformed_reply,
        cut ? "the reply was cut off at its length limit: " + reply.error().message : reply.error().message};
  } else if (auto restored = redactor_.restore(std::move(*reply)); !restored) {
    refusal = Refusal{Outcome::rejected_by_check, restored.error()};
  } else {
    had_candidate_ = true;
    std::vector<std::string> allowed = built.shown_paths;
    std::ranges::move(problem_paths(), std::back_inserter(allowed));
    refusal = consider(*restored, std::move(allowed));
    // What stood for a secret is a secret again by now.
    const bool keep = !refusal && completion.text.find(kPlaceholderPrefix) == std::string::npos;
    if (keep) remember(*restored, step.link, result_.attempts[index].model);
  }
  if (!refusal) {
    result_.link = step.link;
    result_.link_name = step.display_name;
    result_.model = result_.attempts[index].model;
    return;
  }
  result_.attempts[index].outcome = refusal->outcome;
  result_.attempts[index].message = first_line(refusal->message);
  failed_link_ = Failover{step.link, step.display_name, refusal->outcome};
  end_round(step.link, completion.text, std::move(refusal->message));
}

void FixRun::notice_retired(const Step& step) {
  const Step next = next_step();
  const bool same_link = next.action == Step::Action::send && next.link == step.link;
  std::string text = step.display_name + " no longer has the model " + step.model;
  if (same_link) text += "; " + next.model + " takes its place";
  text += ". Set providers." + step.link + ".model to choose.";
  parts_.log.warn("{}", text);
  result_.notices.push_back(std::move(text));
}

void FixRun::ask_local(const Step& step) {
  report(Progress::Step::asking, step.link, "repairing without a model");
  const auto source = parts_.local_sources.find(step.link);
  const std::size_t index = result_.attempts.size();
  if (source == parts_.local_sources.end()) {
    note(step, Outcome::skipped, "this build has no such link");
    leave(step.link);
    return;
  }
  const providers::SteadyTime begin = parts_.clock.now().steady;
  auto proposal = source->second->propose(context_, request_, {});
  Attempt& attempt = note(step, Outcome::ok, "");
  attempt.elapsed = std::chrono::duration_cast<providers::Milliseconds>(parts_.clock.now().steady - begin);
  std::optional<Refusal> refusal;
  if (!proposal) {
    refusal = Refusal{outcome_of(proposal.error().kind), proposal.error().message};
  } else {
    attempt.model = proposal->model;
    asked_link_ = step.link;
    asked_model_ = attempt.model;
    had_candidate_ = true;
    std::vector<std::string> allowed = problem_paths();
    for (const ContextFile& file : files_.files) allowed.push_back(file.path);
    refusal = consider(proposal->reply, std::move(allowed));
  }
  if (!refusal) {
    result_.link = step.link;
    result_.link_name = step.display_name;
    result_.model = result_.attempts[index].model;
  } else {
    result_.attempts[index].outcome = refusal->outcome;
    result_.attempts[index].message = first_line(refusal->message);
    failed_link_ = Failover{step.link, step.display_name, refusal->outcome};
  }
  tried_.push_back({step.link, "", "", true, std::nullopt});
  leave(step.link);
}

std::optional<FixRun::Refusal> FixRun::consider(const Reply& reply, std::vector<std::string> allowed_paths) {
  report(Progress::Step::checking, "", "checking the edit");
  auto located = locate(reply, *request_.files);
  if (!located) return Refusal{Outcome::edit_failed, joined(located.error())};
  CheckPolicy policy;
  policy.problem_paths = problem_paths();
  policy.allowed_paths = std::move(allowed_paths);
  policy.may_create = request_.may_create;
  if (request_.only_path) {
    policy.allowed_paths = {*request_.only_path};
    policy.may_create = false;
  }
  auto checked = check_patch(std::move(*located), policy);
  if (!checked) return Refusal{Outcome::rejected_by_check, checked.error().message};
  if (auto refusal = verify(reply, *checked)) return refusal;
  if (stopped()) return Refusal{Outcome::cancelled, "cancelled"};
  result_.summary = summary_of(reply);
  result_.patch = std::move(*checked);
  accepted_ = true;
  return std::nullopt;
}

void FixRun::end_round(const std::string& link, std::string reply, std::string message) {
  std::vector<Feedback>& feedback = feedback_[link];
  if (reply.empty()) reply = "(an unusable reply)";
  feedback.push_back({std::move(reply), std::move(message)});
  if (feedback.size() >= static_cast<std::size_t>(std::max(request_.budget.max_rounds, 1))) {
    leave(link);
  } else {
    stay_on_ = link;
  }
}

void FixRun::leave(const std::string& link) {
  done_.push_back(link);
  stay_on_.clear();
}

std::vector<std::string> FixRun::problem_paths() const {
  std::vector<std::string> paths;
  const auto add = [&](const std::string& spelled) {
    if (spelled.empty()) return;
    if (std::string path = request_.files->relative(spelled); !path.empty()) paths.push_back(std::move(path));
  };
  for (const problems::Problem& problem : request_.problems) add(problem.path);
  return paths;
}

void FixRun::report(Progress::Step step, const std::string& link, std::string message) const {
  if (context_.progress) context_.progress({step, link, std::move(message)});
}

Attempt& FixRun::note(const Step& step, Outcome outcome, std::string message) {
  Attempt attempt;
  attempt.link = step.link;
  attempt.display_name = step.display_name;
  attempt.model = step.model;
  attempt.outcome = outcome;
  attempt.message = std::move(message);
  result_.attempts.push_back(std::move(attempt));
  return result_.attempts.back();
}

void FixRun::note_error(Attempt& attempt, const providers::ProviderError& error) const {
  attempt.http_status = error.http_status;
  attempt.retry_at = error.retry_at;
}

bool FixRun::over_budget() const {
  return request_.budget.max_cost_usd && result_.usage.cost_usd >= *request_.budget.max_cost_usd;
}

FixResult FixRun::finish() {
  const providers::Now now = parts_.clock.now();
  if (stopped()) {
    result_.patch.reset();
    result_.status = Status::cancelled;
    result_.message = "The fix was cancelled.";
    result_.next_step = "Nothing was changed.";
    return std::move(result_);
  }
  if (accepted_) {
    const bool proven = result_.verification.state == Verification::State::passed;
    result_.status = proven ? Status::verified : Status::unverified;
    // A verifier's reason opens with a stable code: `not_reproduced: the command passes already`.
    if (!proven)
      result_.reason = result_.verification.reason.substr(0, result_.verification.reason.find(':'));
    return std::move(result_);
  }
  result_.status = rejected_ ? Status::rejected : Status::no_fix;
  auto [message, next_step] = describe_exhaustion(result_, had_candidate_, now.wall);
  if (now.steady >= request_.budget.deadline) {
    message = "Out of time. " + message;
    next_step = "Allow more time with --timeout, or try again.";
  }
  result_.message = std::move(message);
  result_.next_step = std::move(next_step);
  if (rejected_) offer_rejected();
  parts_.log.warn("{}", result_.message);
  return std::move(result_);
}

}  // namespace autofix::fix

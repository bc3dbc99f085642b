// How a run asks a model link, or two of them.
#include <condition_variable>
#include <mutex>
#include <spdlog/spdlog.h>

#include "server/fix/fix_run.h"
#include "server/fix/hedge.h"

namespace autofix::fix {
namespace {

using providers::ErrorKind;
using providers::Step;

/// Returns early when `stop` is requested.
void wait_for(providers::Milliseconds time, const std::stop_token& stop) {
  if (time.count() <= 0) return;
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

BuiltPrompt FixRun::prompt_for(const Step& step) {
  const PromptLimits limits{std::min(step.max_input_tokens, parts_.options.max_context_tokens),
                            step.max_output_tokens, step.reply_format};
  return build_prompt(request_, files_, limits, feedback_[step.link], redactor_);
}

void FixRun::ask_model(const Step& step) {
  wait_for(step.wait, context_.stop);
  if (stopped()) return;
  report(Progress::Step::asking, step.link, "asking " + step.display_name);
  const BuiltPrompt built = prompt_for(step);
  parts_.chain.prepare(query(), step);
  if (parts_.options.hedge) {
    if (const auto delay = parts_.chain.hedge_delay(step)) return ask_two(step, built, *delay);
  }
  take(step,
       parts_.chain.send(step, built.prompt, context_.stop, request_.budget.deadline, progress_of(step)),
       built);
}

std::function<void(std::size_t)> FixRun::progress_of(const Step& step) const {
  if (!context_.progress) return {};
  static constexpr std::chrono::milliseconds kBetween{250};
  return [this, step, next = providers::SteadyTime{}](std::size_t bytes) mutable {
    const providers::SteadyTime now = parts_.clock.now().steady;
    if (now < next) return;
    next = now + kBetween;
    report(Progress::Step::asking, step.link,
           "asking " + step.display_name + ", " + std::to_string((bytes + 1023) / 1024) + " KiB so far");
  };
}

void FixRun::ask_two(const Step& step, const BuiltPrompt& built, providers::Milliseconds delay) {
  const auto runner = [&](const Step& which, const BuiltPrompt& prompt) {
    return [&](std::stop_token stop) {
      return parts_.chain.send(which, prompt.prompt, std::move(stop), request_.budget.deadline);
    };
  };
  Step other;
  BuiltPrompt other_built;
  const auto second = [&]() -> Runner {
    std::vector<std::string> done = done_;
    done.push_back(step.link);
    providers::Query rest = query();
    rest.done = done;
    rest.stay_on.clear();
    auto found = parts_.chain.hedge(rest);
    if (!found) return {};
    other = std::move(*found);
    other_built = prompt_for(other);
    parts_.log.info("{} is slow, asking {} as well", step.display_name, other.display_name);
    report(Progress::Step::asking, other.link, "asking " + other.display_name + " as well");
    return runner(other, other_built);
  };
  const Raced raced = race(runner(step, built), delay, second, context_.stop);
  if (!raced.second) return take(step, raced.first, built);
  if (raced.second_won) {
    take_loser(step, raced.first, built);
    take(other, *raced.second, other_built);
  } else {
    take_loser(other, *raced.second, other_built);
    take(step, raced.first, built);
  }
}

void FixRun::take(const Step& step, const providers::Sent& sent, const BuiltPrompt& built) {
  if (!sent.sent) return lose_race(step, sent.completion.error());
  lost_races_.erase(step.link);
  const providers::Usage& used = sent.completion ? sent.completion->usage : sent.record.usage;
  result_.usage.input_tokens += used.input_tokens;
  result_.usage.output_tokens += used.output_tokens;
  result_.usage.cost_usd += used.cost_usd;
  std::optional<providers::ProviderError> error;
  if (!sent.completion) error = sent.completion.error();
  tried_.push_back({step.link, step.model, step.key_id, true, error});
  if (error) {
    take_failure(step, sent);
  } else {
    take_completion(step, sent, built);
  }
}

void FixRun::take_loser(const Step& step, const providers::Sent& sent, const BuiltPrompt& built) {
  const bool cancelled = !sent.completion && sent.completion.error().kind == ErrorKind::cancelled;
  if (!cancelled && !sent.completion) return take(step, sent, built);
  if (!sent.sent) return;
  Attempt& attempt = note(step, Outcome::cancelled, "another link answered first");
  attempt.elapsed = sent.record.elapsed;
  attempt.sent = true;
  if (!sent.completion) return;
  attempt.usage = sent.completion->usage;
  result_.usage.input_tokens += attempt.usage.input_tokens;
  result_.usage.output_tokens += attempt.usage.output_tokens;
  result_.usage.cost_usd += attempt.usage.cost_usd;
}

}  // namespace autofix::fix

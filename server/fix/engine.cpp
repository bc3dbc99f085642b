#include "server/fix/engine.h"

#include <algorithm>
#include <exception>
#include <spdlog/spdlog.h>

#include "server/fix/fix_run.h"

namespace autofix::fix {

FixEngine::FixEngine(providers::Chain& chain, std::map<std::string, std::unique_ptr<FixSource>> local_sources,
                     const providers::Clock& clock, std::shared_ptr<spdlog::logger> log,
                     EngineOptions options, EngineMemory memory)
    : chain_(chain),
      local_sources_(std::move(local_sources)),
      clock_(clock),
      log_(std::move(log)),
      options_(std::move(options)),
      memory_(std::move(memory)) {}

namespace {

LoggedFix logged(const FixResult& result, providers::WallTime at, providers::Milliseconds elapsed) {
  LoggedFix fix;
  fix.at = at;
  fix.status = result.status;
  fix.link = result.link;
  fix.cached = result.cached;
  fix.elapsed = elapsed;
  for (const Attempt& attempt : result.attempts) {
    fix.attempts.push_back({attempt.link, attempt.model, attempt.outcome, attempt.http_status,
                            attempt.elapsed, attempt.usage, attempt.sent});
  }
  return fix;
}

}  // namespace

FixEngine::~FixEngine() = default;

FixResult FixEngine::run(const RequestContext& context, const FixRequest& request, Verifier* verifier) {
  try {
    const providers::Now begin = clock_.now();
    FixResult result =
        FixRun(context, request, verifier, {chain_, local_sources_, clock_, *log_, options_, memory_}).run();
    if (memory_.log && !result.attempts.empty()) {
      const providers::Now end = clock_.now();
      const auto elapsed = std::chrono::duration_cast<providers::Milliseconds>(end.steady - begin.steady);
      memory_.log->record(logged(result, end.wall, elapsed));
    }
    if (memory_.take_notices) {
      for (std::string& notice : memory_.take_notices()) {
        log_->warn("{}", notice);
        result.notices.push_back(std::move(notice));
      }
    }
    return result;
  } catch (const std::exception& fault) {
    log_->error("a fix ended by an unexpected error: {}", fault.what());
    FixResult result;
    result.status = Status::error;
    result.session_id = context.id;
    result.message = std::string("An unexpected error ended the fix: ") + fault.what();
    result.next_step = "Nothing was changed. Please report this with the log file.";
    return result;
  }
}

Preview FixEngine::preview(const FixRequest& request) const {
  const Context context = collect_context(request, options_.context_exclude);
  Redactor redactor(options_.redact, options_.secrets);
  PromptLimits limits;
  limits.max_input_tokens = options_.max_context_tokens;
  Preview preview;

  std::vector<providers::Tried> tried;
  std::vector<std::string> done;
  providers::Query query;
  query.estimate.input_tokens = least_prompt_tokens(request, context);
  query.only = request.only_links;
  query.deadline = request.budget.deadline;
  while (true) {
    query.tried = tried;
    query.done = done;
    const providers::Step step = chain_.next(query);
    if (step.action == providers::Step::Action::give_up) break;
    if (step.action == providers::Step::Action::send) {
      preview.link = step.link;
      preview.model = step.model;
      limits = {std::min(step.max_input_tokens, options_.max_context_tokens), step.max_output_tokens,
                step.reply_format};
      break;
    }
    if (step.reason) {
      if (!preview.reason.empty()) preview.reason += "; ";
      preview.reason += step.link + ": " + step.reason->message;
    }
    tried.push_back({step.link, step.model, step.key_id, false, step.reason});
    done.push_back(step.link);
  }
  if (!preview.link.empty()) preview.reason.clear();
  BuiltPrompt built = build_prompt(request, context, limits, {}, redactor);
  preview.prompt = std::move(built.prompt);
  preview.paths = std::move(built.shown_paths);
  return preview;
}

int least_prompt_tokens(const FixRequest& request, const Context& context) {
  constexpr int kInstructions = 700;  // the longer of the two formats, with headings
  constexpr int kPerProblem = 150;
  constexpr std::size_t kMostCounted = 10;
  Context least;
  least.files = context.files;
  for (const Region& region : context.regions) {
    if (region.need == Need::problem && least.regions.size() < kMostCounted) least.regions.push_back(region);
  }
  int tokens =
      kInstructions + kPerProblem * static_cast<int>(std::min(request.problems.size(), kMostCounted));
  for (const Excerpt& excerpt : fit_context(least, 1'000'000))
    tokens += providers::estimate_tokens(excerpt.text);
  return tokens;
}

}  // namespace autofix::fix

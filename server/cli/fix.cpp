// autofix fix [PROJECT]
#include <nlohmann/json.hpp>

#include "server/cli/deliver.h"
#include "server/cli/exit_codes.h"
#include "server/cli/progress.h"
#include "server/cli/session.h"
#include "server/fix/credit.h"
#include "server/fix/result_json.h"
#include "server/fix/wall_time.h"
#include "server/text/json.h"

namespace autofix::cli {
namespace {

int exit_code_of(const fix::FixResult& result, const Interrupt& interrupt) {
  switch (result.status) {
    case fix::Status::verified:
    case fix::Status::unverified:
      return kOk;
    case fix::Status::no_fix:
      return kNoFix;
    case fix::Status::nothing_to_fix:
      return kNothingToFix;
    case fix::Status::rejected:
      return kRejected;
    case fix::Status::cancelled:
      return interrupt.exit_code() != 0 ? interrupt.exit_code() : kCancelled;
    case fix::Status::error:
      return kUsage;
  }
  return kUsage;
}

/// One line per attempt: who was asked, and what came of it.
void print_attempts(const fix::FixResult& result) {
  const providers::WallTime now = std::chrono::system_clock::now();
  for (const fix::Attempt& attempt : result.attempts) {
    std::string line = "  " + attempt.link + ": ";
    std::string outcome(fix::name_of(attempt.outcome));
    line += outcome;
    if (!attempt.model.empty()) line += " [" + attempt.model + "]";
    if (attempt.http_status != 0 && attempt.http_status != 200)
      line += " HTTP " + std::to_string(attempt.http_status);
    if (!attempt.message.empty()) line += ": " + attempt.message;
    if (attempt.retry_at) line += " (again " + fix::from_now(*attempt.retry_at, now) + ")";
    say(line);
  }
}

void print_outcome(const fix::FixResult& result) {
  for (const std::string& notice : result.notices) say("autofix: " + notice);
  if (!result.attempts.empty()) say("asked:");
  print_attempts(result);
  if (!result.patch) {
    // The attempts above have said the rest of it, link by link.
    const std::size_t heading = result.attempts.empty() ? std::string::npos : result.message.find(": ");
    say("autofix: " +
        (heading == std::string::npos ? result.message : result.message.substr(0, heading) + "."));
    if (!result.next_step.empty()) say("  " + result.next_step);
    if (result.rejected) say("  The best candidate that failed is in the `diff` of --json.");
    return;
  }
  say(result.summary);
  say(fix::credit(result));
  for (const fix::FileChange& change : result.patch->files) {
    if (change.needs_confirmation)
      say("  " + change.path + " needs your word: " + change.confirmation_reason);
  }
}

void refuse(fix::FixResult& result, std::string reason, std::string message, std::string next_step) {
  result.applied = false;
  result.reason = std::move(reason);
  result.message = std::move(message);
  result.next_step = std::move(next_step);
}

/// Writes the fix where it was asked for; the exit code when that fails.
std::optional<int> hand_over(const FixOptions& options, const Session& session, fix::FixResult& result,
                             const Interrupt& interrupt) {
  if (!options.apply && options.output.empty()) return std::nullopt;
  if (fix::needs_confirmation(*result.patch) && !options.confirm) {
    refuse(result, "needs_confirmation", "the fix deletes, moves or changes what only your word allows",
           "Look at it with --diff, then add --confirm.");
    return kRejected;
  }
  if (auto done = deliver(options, session.project, *result.patch, interrupt.token()); !done) {
    Failure& failure = done.error();
    refuse(result, std::move(failure.reason), std::move(failure.cause), std::move(failure.next_step));
    if (interrupt.exit_code() == 0) return failure.exit_code;
    result.status = fix::Status::cancelled;
    return interrupt.exit_code();
  }
  result.applied = true;
  return std::nullopt;
}

std::string json_text(const fix::FixResult& result, const Project& project) {
  fix::EditStyle style;
  style.uri_of = [&project](std::string_view path) { return uri_of(project, path); };
  return text::dump_json(fix::result_json(result, style), 2) + "\n";
}

int fail(const FixOptions& options, const Failure& failure, const Interrupt& interrupt) {
  if (options.json) {
    fix::FixResult result;
    const bool cancelled = interrupt.exit_code() != 0;
    result.status = cancelled ? fix::Status::cancelled : fix::Status::error;
    result.reason = failure.reason;
    result.message = failure.cause;
    result.next_step = failure.next_step;
    write_out(json_text(result, Project{}));
  }
  const int code = report(failure);
  return interrupt.exit_code() != 0 ? interrupt.exit_code() : code;
}

}  // namespace

int run_fix(const Surroundings& with, const FixOptions& options) {
  const Interrupt interrupt;
  if (options.apply && !options.output.empty()) {
    return fail(options, {kUsage, "usage", "--apply and --output exclude each other", "Choose one."},
                interrupt);
  }
  fix::FixResult result;
  std::optional<int> code;
  std::string json;
  {
    ProgressLine progress;
    progress.show("reading the problems");
    auto session = open_session(with, options.problems, interrupt.token());
    if (!session) return fail(options, session.error(), interrupt);
    if (auto free = check_place(options, session->project); !free)
      return fail(options, free.error(), interrupt);
    fix::RequestContext context{"cli", interrupt.token(),
                                [&](const fix::Progress& step) { progress.show(step.message); }};
    session->request.confirmed = options.confirm;
    result = session->engine->run(context, session->request, session->verifier.get());
    if (result.patch && result.status != fix::Status::cancelled)
      code = hand_over(options, *session, result, interrupt);
    if (options.json) json = json_text(result, session->project);
  }
  if (options.json) {
    write_out(json);
  } else if (result.patch && (options.diff || (!options.apply && options.output.empty()))) {
    write_out(fix::unified_diff(*result.patch));
  }
  print_outcome(result);
  if (code) return report({*code, result.reason, result.message, result.next_step});
  return exit_code_of(result, interrupt);
}

}  // namespace autofix::cli

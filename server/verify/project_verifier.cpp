#include "server/verify/project_verifier.h"

#include <chrono>
#include <mutex>
#include <utility>

#include "server/problems/readers.h"
#include "server/verify/applied_patch.h"
#include "server/verify/folder_lock.h"

namespace autofix::verify {
namespace {

using fix::Verification;

constexpr std::size_t kTailBytes = 8'192;

/// The end of the output from a line's beginning on: what went wrong stands there.
std::string tail(const std::string& output) {
  std::string_view text = output;
  if (text.size() > kTailBytes) {
    text.remove_prefix(text.size() - kTailBytes);
    const std::size_t newline = text.find('\n');
    if (newline != std::string_view::npos) text.remove_prefix(newline + 1);
  }
  return problems::printable(text);
}

std::string in_words(providers::Milliseconds time) {
  if (time.count() % 1000 == 0) return std::to_string(time.count() / 1000) + " s";
  return std::to_string(time.count()) + " ms";
}

class ProjectVerifier final : public fix::Verifier {
 public:
  ProjectVerifier(std::filesystem::path root, Command command, providers::Milliseconds timeout,
                  std::optional<CommandResult> before, std::vector<std::string> hidden_variables)
      : root_(std::move(root)),
        command_(std::move(command)),
        timeout_(timeout),
        hidden_variables_(std::move(hidden_variables)) {
    if (before) before_ = count_tests(*before);
  }

  Verification verify(const fix::RequestContext& context, const fix::Patch& patch) override {
    const std::scoped_lock one_at_a_time(mutex_);
    Verification verification;
    verification.command = command_.argv;
    prove(context, patch, verification);
    return verification;
  }

 private:
  void prove(const fix::RequestContext& context, const fix::Patch& patch, Verification& verification) {
    if (context.stop.stop_requested()) return not_run(verification, "cancelled: before anything ran");
    const auto lock = FolderLock::take(root_, std::chrono::steady_clock::now() + timeout_, context.stop);
    if (!lock) {
      return not_run(verification, context.stop.stop_requested()
                                       ? "cancelled: before anything ran"
                                       : "busy: another verification is running in this project");
    }
    if (!before_ && !run_before(context, verification)) return;
    verification.before = before_;
    if (context.stop.stop_requested()) return not_run(verification, "cancelled: before the change was tried");

    auto applied = AppliedPatch::apply(root_, patch);
    if (!applied) return not_run(verification, applied.error().code + ": " + applied.error().message);
    const auto result = run(context);
    const std::string trouble = (*applied)->put_back();

    if (!result) {
      not_run(verification, "not_started: " + result.error());
    } else {
      judge(*result, verification);
    }
    if (!trouble.empty()) {
      verification.state = Verification::State::failed;
      verification.reason = "THE PROJECT COULD NOT BE PUT BACK AS IT WAS: " + trouble +
                            (verification.reason.empty() ? "" : " (" + verification.reason + ")");
    }
  }

  tl::expected<CommandResult, std::string> run(const fix::RequestContext& context) const {
    CommandLimits limits;
    limits.deadline = std::chrono::steady_clock::now() + timeout_;
    return run_command(command_, root_, limits, hidden_variables_, context.stop);
  }

  /// False when it could not be run to an end; `verification` says so then. A run that takes too long is an
  /// end too: an endless loop may be what is to be fixed.
  bool run_before(const fix::RequestContext& context, Verification& verification) {
    const auto result = run(context);
    if (!result) {
      not_run(verification, "not_started: " + result.error());
      return false;
    }
    if (result->end == CommandResult::End::cancelled) {
      not_run(verification, "cancelled: while the command ran without the change");
      return false;
    }
    before_ = count_tests(*result);
    return true;
  }

  void judge(const CommandResult& result, Verification& verification) const {
    if (result.end == CommandResult::End::cancelled) {
      return not_run(verification, "cancelled: while the command ran");
    }
    verification.after = count_tests(result);
    if (result.end == CommandResult::End::exited && result.exit_status == 0) {
      verification.state = Verification::State::passed;
      return;
    }
    verification.state = Verification::State::failed;
    verification.output = tail(result.output);
    const std::string number = std::to_string(result.exit_status);
    if (result.end == CommandResult::End::timed_out) {
      verification.reason = "`" + command_.text + "` did not end within " + in_words(timeout_);
    } else if (result.end == CommandResult::End::signalled) {
      verification.reason = "`" + command_.text + "` was ended by signal " + number;
    } else {
      verification.reason = "`" + command_.text + "` ended with exit status " + number;
    }
  }

  static void not_run(Verification& verification, std::string reason) {
    verification.state = Verification::State::not_run;
    verification.reason = std::move(reason);
  }

  std::filesystem::path root_;
  Command command_;
  providers::Milliseconds timeout_;
  std::optional<fix::RunCounts> before_;
  std::vector<std::string> hidden_variables_;
  std::mutex mutex_;
};

}  // namespace

std::unique_ptr<fix::Verifier> make_project_verifier(std::filesystem::path root, Command command,
                                                     providers::Milliseconds timeout,
                                                     std::optional<CommandResult> before,
                                                     std::vector<std::string> hidden_variables) {
  return std::make_unique<ProjectVerifier>(std::move(root), std::move(command), timeout, std::move(before),
                                           std::move(hidden_variables));
}

}  // namespace autofix::verify

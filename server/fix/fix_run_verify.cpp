// How a run has its candidates proven, and what becomes of those that were proven wrong.
#include <algorithm>
#include <limits>

#include "server/fix/fix_run.h"

namespace autofix::fix {

std::string FixRun::summary_of(const Reply& reply) const {
  return reply.summary.empty() ? "Fixed: " + first_line(request_.problems.front().message) : reply.summary;
}

std::optional<FixRun::Refusal> FixRun::verify(const Reply& reply, const Patch& patch) {
  if (verifier_ == nullptr) {
    result_.verification.reason = request_.no_verifier;
    return std::nullopt;
  }
  Verification verification;
  const auto weakened = std::ranges::find(patch.files, true, &FileChange::weakens_tests);
  if (weakened != patch.files.end() && !request_.confirmed) {
    // It would pass, and prove nothing.
    verification.state = Verification::State::failed;
    verification.reason =
        weakened->path + " demands less with this change; the code has to be mended, not the test";
  } else {
    report(Progress::Step::verifying, "", "running the check again");
    verification = verifier_->verify(context_, patch);
  }
  if (stopped()) return Refusal{Outcome::cancelled, "cancelled"};
  if (verification.state == Verification::State::failed) {
    std::string message = "the check still fails with this change: " + verification.reason;
    if (!verification.output.empty()) message += "\n" + verification.output;
    keep_rejected(reply, patch, verification);
    return Refusal{Outcome::failed_verification, std::move(message)};
  }
  if (verification.state == Verification::State::not_run) {
    hopeless_ = verification.reason.starts_with("flaky:") || parts_.options.verification_required;
    if (hopeless_) {
      keep_rejected(reply, patch, verification);
      return Refusal{Outcome::failed_verification, "it could not be verified: " + verification.reason};
    }
  }
  result_.verification = std::move(verification);
  return std::nullopt;
}

void FixRun::keep_rejected(const Reply& reply, const Patch& patch, const Verification& verification) {
  // What does not run any more is as bad as what fails.
  const auto failures = [](const Verification& one) {
    if (!one.after) return std::numeric_limits<int>::max();
    return one.after->failed + (one.before ? std::max(one.before->passed - one.after->passed, 0) : 0);
  };
  if (rejected_ && failures(rejected_->verification) <= failures(verification)) return;
  rejected_ = Rejected{patch, summary_of(reply), asked_link_, asked_model_, verification};
}

void FixRun::offer_rejected() {
  const std::string& reason = rejected_->verification.reason;
  result_.applied = false;
  result_.reason = "failed_verification";
  if (rejected_->verification.state == Verification::State::not_run)
    result_.reason = reason.substr(0, reason.find(':'));
  if (result_.reason == "flaky") {
    result_.status = Status::no_fix;
    result_.message = "Nothing can be proven: " + reason + ".";
    result_.next_step = "Make the test steady first, or set verify.mode to off.";
  }
  result_.rejected = std::move(rejected_->patch);
  result_.summary = std::move(rejected_->summary);
  result_.link = std::move(rejected_->link);
  result_.model = std::move(rejected_->model);
  result_.verification = std::move(rejected_->verification);
}

}  // namespace autofix::fix

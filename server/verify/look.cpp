#include "server/verify/look.h"

#include <chrono>

namespace autofix::verify {
namespace {

using End = CommandResult::End;

/// All commands of a list as one result. A command that fails ends a preparation, but not the looking.
class Run {
 public:
  Run(ScratchCopy& copy, const std::string& folder, providers::SteadyTime deadline,
      const std::stop_token& stop)
      : copy_(copy), folder_(folder), stop_(stop) {
    limits_.deadline = deadline;
  }

  /// False when the next must not run.
  bool add(const Command& command, bool must_pass) {
    auto ran = copy_.run(command, folder_, limits_, stop_);
    if (!ran) {
      error_ = std::move(ran.error());
      return false;
    }
    all_.output += ran->output;
    const bool passed = ran->end == End::exited && ran->exit_status == 0;
    const bool first = all_.end == End::exited && all_.exit_status == 0;
    if (!passed && first) {
      all_.end = ran->end;
      all_.exit_status = ran->exit_status;
      all_.limit = ran->limit;
    }
    return ran->end == End::exited && (passed || !must_pass);
  }

  const std::string& error() const { return error_; }
  const CommandResult& all() const { return all_; }

 private:
  ScratchCopy& copy_;
  const std::string& folder_;
  const std::stop_token& stop_;
  CommandLimits limits_;
  CommandResult all_;
  std::string error_;
};

}  // namespace

tl::expected<Look, std::string> look_at(ScratchCopy& copy, const Proof& proof, Width width,
                                        providers::SteadyTime deadline, const std::stop_token& stop) {
  const auto begin = std::chrono::steady_clock::now();
  Run run(copy, proof.folder, deadline, stop);
  bool goes_on = true;
  for (const Command& command : proof.prepare) {
    if (goes_on) goes_on = run.add(command, true);
  }
  for (const Command& command : width == Width::narrow ? proof.narrow : proof.wide) {
    if (goes_on) goes_on = run.add(command, false);
  }
  if (!run.error().empty()) return tl::unexpected(run.error());
  Look look;
  look.facts = facts_of(run.all(), proof.read, {copy.root(), proof.folder});
  look.elapsed =
      std::chrono::duration_cast<providers::Milliseconds>(std::chrono::steady_clock::now() - begin);
  look.cancelled = run.all().end == End::cancelled;
  return look;
}

}  // namespace autofix::verify

#include "server/verify/scratch_verifier.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "server/problems/readers.h"
#include "server/verify/baseline.h"
#include "server/verify/disk_changes.h"
#include "server/verify/verdict.h"

namespace autofix::verify {
namespace {

using fix::Patch;
using fix::RequestContext;
using fix::Verification;

/// Another look at what takes longer is worth less than an answer.
constexpr providers::Milliseconds kWorthRepeating{10'000};

void add(std::optional<fix::RunCounts>& sum, const fix::RunCounts& counts) {
  if (!sum) sum.emplace();
  sum->failed += counts.failed;
  sum->passed += counts.passed;
}

/// The files of a patch as they are, but written anew: build tools then build them again.
Patch untouched(const Patch& patch) {
  Patch same;
  for (const fix::FileChange& change : patch.files) {
    if (change.kind != fix::ChangeKind::modify) continue;
    fix::FileChange copy = change;
    copy.after = copy.before;
    same.files.push_back(std::move(copy));
  }
  return same;
}

class ScratchVerifier final : public fix::Verifier {
 public:
  explicit ScratchVerifier(VerifierOptions options) : options_(std::move(options)), first_look_(options_) {}

  ~ScratchVerifier() override {
    abandoned_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

  void begin(const RequestContext& context) override {
    thread_ = std::jthread([this, stop = context.stop] {
      const std::stop_callback on_cancel(stop, [this] { abandoned_.request_stop(); });
      first_look_.take(abandoned_.get_token(), hurry_.get_token());
    });
  }

  Verification verify(const RequestContext& context, const Patch& patch) override {
    const std::scoped_lock one_at_a_time(mutex_);
    Verification verification;
    if (!options_.proofs.empty()) {
      const Proof& proof = options_.proofs.front();
      verification.command = proof.wide.front().argv;
    }
    if (thread_.joinable()) {
      hurry_.request_stop();
      thread_.join();
    } else if (!first_look_.taken()) {
      first_look_.take(context.stop, context.stop);
    }
    if (first_look_.copies()) verification.sandbox = first_look_.copies()->sandbox();
    if (context.stop.stop_requested())
      return not_run(std::move(verification), "cancelled: before the change was tried");
    if (!first_look_.trouble().empty()) return not_run(std::move(verification), first_look_.trouble());
    return prove_undisturbed(context, patch, std::move(verification));
  }

 private:
  static Verification not_run(Verification verification, std::string reason) {
    verification.state = Verification::State::not_run;
    if (reason.starts_with("no_isolation") || reason.starts_with("untrusted")) verification.sandbox = "none";
    verification.reason = std::move(reason);
    return verification;
  }

  static Verification failed(Verification verification, const Proof& proof, Width width,
                             const Verdict& verdict, const RunFacts& after) {
    const auto& commands = width == Width::narrow ? proof.narrow : proof.wide;
    verification.state = Verification::State::failed;
    verification.command = commands.front().argv;
    verification.reason = "`" + commands.front().text + "`: " + verdict.failure;
    verification.output = after.output;
    return verification;
  }

  /// What changes on disk during a run may have been seen half by it.
  Verification prove_undisturbed(const RequestContext& context, const Patch& patch, Verification start) {
    std::string changed;
    for (int tries = 0; tries < 2; ++tries) {
      const DiskChanges changes(options_.files,
                                [&](std::string_view path) { return options_.unsaved.contains(path); });
      Verification verification = prove(context, patch, start);
      if (context.stop.stop_requested()) return not_run(std::move(start), "cancelled: while the command ran");
      changed = changes.first();
      if (changed.empty()) return verification;
    }
    return not_run(std::move(start), "changed_on_disk: " + changed + " changed while the check ran, twice");
  }

  Verification prove(const RequestContext& context, const Patch& patch, Verification verification) {
    for (std::size_t at = 0; at < options_.proofs.size(); ++at) {
      const auto stopped = prove_one(context, patch, at, verification);
      if (stopped) return *stopped;
    }
    verification.state = Verification::State::passed;
    return verification;
  }

  /// Something when it is decided already.
  std::optional<Verification> prove_one(const RequestContext& context, const Patch& patch, std::size_t at,
                                        Verification& verification) {
    const Proof& proof = options_.proofs[at];
    const Before& before = first_look_.before()[at];
    const auto copy = first_look_.copies()->make(picture_of(options_.unsaved, patch), context.stop);
    if (!copy) return not_run(verification, "not_started: " + copy.error());
    // The single test first: it says soonest that a candidate is wrong.
    for (const Width width : {Width::narrow, Width::wide}) {
      const auto& known = width == Width::narrow ? before.narrow : before.wide;
      if (!known) continue;
      const auto after = look_at(**copy, proof, width, first_look_.deadline(), context.stop);
      if (!after) return not_run(verification, "not_started: " + after.error());
      if (after->cancelled) return not_run(verification, "cancelled: while the command ran");
      const bool decides = width == Width::narrow || !before.narrow;
      Verdict verdict =
          decides ? judge(*known, after->facts, before.asked) : judge_rest(*known, after->facts);
      if (verdict.only_new_diagnostics) verdict = judge_again(context, patch, at, width, after->facts);
      if (!verdict.failure.empty()) {
        add(verification.before, known->counts);
        add(verification.after, after->facts.counts);
        return failed(std::move(verification), proof, width, verdict, after->facts);
      }
      const bool last = width == Width::wide || !before.wide;
      if (!last) continue;
      add(verification.before, known->counts);
      add(verification.after, after->facts.counts);
    }
    if (passes_without(context, patch, at)) {
      return not_run(verification, "flaky: it fails once and passes once without any change");
    }
    return std::nullopt;
  }

  /// Where only the files that changed are built, only their warnings are printed: those that were there all
  /// the time show when the same files are built unchanged.
  Verdict judge_again(const RequestContext& context, const Patch& patch, std::size_t at, Width width,
                      const RunFacts& after) {
    const Before& before = first_look_.before()[at];
    RunFacts known = width == Width::narrow ? *before.narrow : *before.wide;
    const auto copy =
        first_look_.copies()->make(picture_of(options_.unsaved, untouched(patch)), context.stop);
    if (copy) {
      const auto look = look_at(**copy, options_.proofs[at], width, first_look_.deadline(), context.stop);
      if (look) {
        for (const auto& [key, times] : look->facts.diagnostics) {
          int& most = known.diagnostics[key];
          most = std::max(most, times);
        }
      }
    }
    return width == Width::narrow || !before.narrow ? judge(known, after, before.asked)
                                                    : judge_rest(known, after);
  }

  /// Whether a test that the patch seems to mend passes by itself now and then.
  bool passes_without(const RequestContext& context, const Patch& patch, std::size_t at) {
    const Before& before = first_look_.before()[at];
    const bool about_tests =
        std::ranges::any_of(before.asked, [](const auto& problem) { return problem.test.has_value(); });
    if (!about_tests || before.seen_twice || before.elapsed > kWorthRepeating) return false;
    const auto copy =
        first_look_.copies()->make(picture_of(options_.unsaved, untouched(patch)), context.stop);
    if (!copy) return false;
    const Width width = before.narrow ? Width::narrow : Width::wide;
    const auto look = look_at(**copy, options_.proofs[at], width, first_look_.deadline(), context.stop);
    return look && !look->cancelled && shown(look->facts, before.asked).size() < before.asked.size();
  }

  VerifierOptions options_;
  FirstLook first_look_;
  std::stop_source abandoned_;
  std::stop_source hurry_;
  std::mutex mutex_;
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<fix::Verifier> make_scratch_verifier(VerifierOptions options) {
  return std::make_unique<ScratchVerifier>(std::move(options));
}

Proof proof_of_command(Command command) {
  Proof proof;
  proof.recipe = "command";
  proof.wide.push_back(std::move(command));
  proof.read = problems::read_output;
  return proof;
}

}  // namespace autofix::verify

// autofix apply REPLY [PROJECT]: a model's reply from a file, applied like one that the engine got itself.
#include "server/cli/exit_codes.h"
#include "server/cli/session.h"
#include "server/fix/apply_patch.h"
#include "server/fix/check_patch.h"
#include "server/fix/locate.h"
#include "server/fix/reply.h"

namespace autofix::cli {
namespace {

int not_located(const std::vector<fix::LocateError>& errors) {
  std::string cause = "nothing was changed:";
  for (const fix::LocateError& error : errors) cause += "\n  " + error.path + ": " + error.message;
  return report({kNoFix, "edit_failed", cause, "Correct the reply, or ask for another."});
}

/// A person gave this reply: every file that it names may change, except those that no reply may.
fix::CheckPolicy policy_for(const fix::Patch& patch) {
  fix::CheckPolicy policy;
  for (const fix::FileChange& change : patch.files) policy.allowed_paths.push_back(change.path);
  policy.problem_paths = policy.allowed_paths;
  return policy;
}

}  // namespace

int run_apply(const Surroundings&, const ApplyOptions& options) {
  const auto root = project_root(options.project);
  if (!root) return report(root.error());
  const Input input = read_input(options.reply);
  if (!input.error.empty())
    return report({kUsage, "unreadable", input.error, "Name a file, or - for standard input."});
  const auto files = fix::make_disk_files(*root, {});
  const auto reply = fix::parse_reply(input.bytes, {});
  if (!reply) {
    return report(
        {kNoFix, "malformed_reply", "no edit was read: " + reply.error().message, "Check the reply's form."});
  }
  auto located = fix::locate(*reply, *files);
  if (!located) return not_located(located.error());
  const fix::CheckPolicy policy = policy_for(*located);
  auto patch = fix::check_patch(std::move(*located), policy);
  if (!patch) return report({kNoFix, patch.error().code, patch.error().message, "Nothing was changed."});
  if (options.dry_run) {
    write_out(fix::unified_diff(*patch));
    return kOk;
  }
  if (fix::needs_confirmation(*patch) && !options.confirm) {
    std::string why;
    for (const fix::FileChange& change : patch->files) {
      if (change.needs_confirmation) why += "\n  " + change.path + ": " + change.confirmation_reason;
    }
    return report({kRejected, "needs_confirmation", "this needs your word:" + why,
                   "Look at it with --dry-run, then add --confirm."});
  }
  if (auto applied = fix::apply_patch(*root, *patch); !applied) {
    return report({kNoFix, applied.error().code, applied.error().message, "Nothing was changed; try again."});
  }
  for (const fix::FileChange& change : patch->files) say("changed " + change.path);
  return kOk;
}

}  // namespace autofix::cli

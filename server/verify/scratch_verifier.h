// Proves a patch in scratch copies: looks once at the project as it is, then at each candidate, and compares.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "providers/clock.h"
#include "server/fix/project_files.h"
#include "server/fix/verifier.h"
#include "server/verify/recipe.h"
#include "server/verify/scratch_copy.h"

namespace autofix::verify {

struct VerifierOptions {
  ScratchCopies::Options scratch;
  std::map<std::string, std::string, std::less<>> unsaved;  ///< project-relative: texts of open buffers
  std::vector<problems::Problem> asked;
  std::vector<Proof> proofs;
  std::shared_ptr<const fix::ProjectFiles> files;  ///< looked at for changes on disk
  providers::Milliseconds timeout{60'000};         ///< of one look, build included
  providers::SteadyTime deadline;                  ///< of all of them
  std::optional<CommandResult> before;             ///< what the only proof's command showed already
};

/// The reasons of `not_run`: not_reproduced, flaky, no_isolation, untrusted, changed_on_disk, no_canary,
/// not_started, cancelled.
std::unique_ptr<fix::Verifier> make_scratch_verifier(VerifierOptions options);

/// One proof from a command that somebody wrote: it is all there is to run.
Proof proof_of_command(Command command);

}  // namespace autofix::verify

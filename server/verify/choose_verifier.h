// Which commands prove a fix, and the verifier that runs them: what somebody typed, else what the
// configuration of a trusted project says, else the recipe for the problems.
#pragma once

#include "server/fix/verifier.h"
#include "server/verify/run_command.h"

namespace autofix::verify {

/// fix::MakeVerifier.
tl::expected<std::unique_ptr<fix::Verifier>, std::string> choose_verifier(fix::VerifierWish wish);

/// The same where the typed command has been run already, and `before` is what it showed.
tl::expected<std::unique_ptr<fix::Verifier>, std::string> choose_verifier(
    fix::VerifierWish wish, std::optional<CommandResult> before);

}  // namespace autofix::verify

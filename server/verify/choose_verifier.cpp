#include "server/verify/choose_verifier.h"

#include "server/verify/recipe.h"
#include "server/verify/scratch_verifier.h"

namespace autofix::verify {
namespace {

/// Open is not changed: what is written anew is built anew.
std::map<std::string, std::string, std::less<>> really_unsaved(fix::VerifierWish& wish) {
  const auto disk = fix::make_disk_files(wish.root, {});
  std::erase_if(wish.unsaved, [&](const auto& open) {
    const auto saved = disk->read(open.first);
    return saved && *saved == open.second;
  });
  return std::move(wish.unsaved);
}

tl::expected<std::vector<Proof>, std::string> proofs_for(const fix::VerifierWish& wish) {
  if (!wish.typed_command.empty()) return std::vector{proof_of_command(parse_command(wish.typed_command))};
  if (!wish.trusted) {
    return tl::unexpected(std::string("untrusted: nothing is run in a project that is not trusted"));
  }
  if (!wish.commands.empty()) {
    Proof proof = proof_of_command(parse_command(wish.commands.front()));
    for (std::size_t at = 1; at < wish.commands.size(); ++at) {
      proof.wide.push_back(parse_command(wish.commands[at]));
    }
    return std::vector{std::move(proof)};
  }
  auto proofs = find_proofs(wish.problems, *wish.files, programs_here(wish.root));
  if (!proofs) return tl::unexpected("no_recipe: " + proofs.error());
  return proofs;
}

}  // namespace

tl::expected<std::unique_ptr<fix::Verifier>, std::string> choose_verifier(fix::VerifierWish wish) {
  return choose_verifier(std::move(wish), std::nullopt);
}

tl::expected<std::unique_ptr<fix::Verifier>, std::string> choose_verifier(
    fix::VerifierWish wish, std::optional<CommandResult> before) {
  auto proofs = proofs_for(wish);
  if (!proofs) return tl::unexpected(std::move(proofs.error()));
  VerifierOptions options;
  options.scratch.root = wish.root;
  options.scratch.mode = sandbox_mode_named(wish.sandbox);
  options.scratch.trusted = wish.trusted;
  options.unsaved = really_unsaved(wish);
  options.asked = std::move(wish.problems);
  options.proofs = std::move(*proofs);
  options.files = std::move(wish.files);
  options.timeout = wish.timeout;
  options.deadline = wish.deadline;
  options.before = std::move(before);
  return make_scratch_verifier(std::move(options));
}

}  // namespace autofix::verify

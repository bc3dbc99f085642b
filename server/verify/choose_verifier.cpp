#include "server/verify/choose_verifier.h"

#include <array>
#include <cstdlib>
#include <unistd.h>

#include "server/problems/readers.h"
#include "server/verify/child_environment.h"
#include "server/verify/recipe.h"
#include "server/verify/scratch_verifier.h"

namespace autofix::verify {
namespace {

namespace fs = std::filesystem;

/// As the command itself would be looked for: relative entries of PATH are passed over.
bool is_there(const fs::path& root, std::string_view program) {
  std::error_code error;
  const auto runs = [&](const fs::path& path) {
    return fs::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
  };
  if (program.find('/') != std::string_view::npos) return runs(root / program);
  const char* set = std::getenv("PATH");
  std::string_view path = set == nullptr ? "/usr/local/bin:/usr/bin:/bin" : set;
  while (!path.empty()) {
    const std::string_view folder = path.substr(0, path.find(':'));
    path.remove_prefix(std::min(folder.size() + 1, path.size()));
    if (folder.starts_with('/') && runs(fs::path(folder) / program)) return true;
  }
  return false;
}

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
  auto proofs = find_proofs(wish.problems, *wish.files,
                            [&](std::string_view program) { return is_there(wish.root, program); });
  if (!proofs) return tl::unexpected("no_recipe: " + proofs.error());
  for (Proof& proof : *proofs) {
    if (proof.read == nullptr) proof.read = problems::read_output;
  }
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

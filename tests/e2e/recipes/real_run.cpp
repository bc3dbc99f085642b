#include "tests/e2e/recipes/real_run.h"

#include "tests/support/catch.h"

namespace autofix::verify::test {

namespace fs = std::filesystem;

RealProject::RealProject(const RealCase& real) {
  write(real.files);
  fs::create_directory_symlink(fs::path(RECIPES_NPM) / "node_modules", folder_.path() / "node_modules");
  for (const std::string& text : real.set_up) {
    const CommandResult result = autofix::test::run(parse_command(text), folder_);
    INFO(text << "\n" << result.output);
    REQUIRE(result.exit_status == 0);
  }
}

RealProject::Run RealProject::run(const Proof& proof, const std::vector<Command>& commands) const {
  Run all;
  const auto run_one = [&](const Command& command) {
    const auto result = run_command(command, folder_.path() / proof.folder, autofix::test::roomy(), {}, {});
    INFO(command.text);
    REQUIRE(result);
    REQUIRE(result->end == CommandResult::End::exited);
    all.passed = all.passed && result->exit_status == 0;
    all.output += "$ " + command.text + "\n" + result->output;
  };
  for (const Command& command : proof.prepare) {
    run_one(command);
    if (!all.passed) return all;
  }
  // The commands' own words are no output.
  all.output.clear();
  for (const Command& command : commands) run_one(command);
  for (const Command& command : commands) {
    const std::size_t at = all.output.find("$ " + command.text + "\n");
    all.output.erase(at, command.text.size() + 3);
  }
  return all;
}

Proof RealProject::proof_for(const problems::Problem& problem) const {
  const auto files = fix::make_disk_files(folder_.path(), {});
  const auto proofs = find_proofs({problem}, *files, programs_here(folder_.path()));
  INFO((proofs ? std::string() : proofs.error()));
  REQUIRE(proofs);
  REQUIRE(proofs->size() == 1);
  return proofs->front();
}

void RealProject::write(const Files& files) const {
  for (const auto& [path, text] : files) folder_.write(path, text);
}

bool is_installed(const char* program) {
  if (programs_here(RECIPES_NPM)(program)) return true;
  WARN("TEST SKIPPED: there is no " << program);
  return false;
}

void check_for_real(const std::string& row, const RealCase& real) {
  if (!is_installed(real.needs)) return;
  const RealProject project(real);
  const Proof proof = project.proof_for(real.problem);
  CHECK(proof.recipe == row);
  const auto names = [](const RealProject::Run& run, const std::string& what) {
    return run.output.find(what) != std::string::npos;
  };
  {
    const RealProject::Run narrow = project.run(proof, proof.narrow);
    INFO("narrow:\n" << narrow.output);
    CHECK(proof.narrow.empty() == real.another.empty());
    if (!real.another.empty()) {
      CHECK_FALSE(narrow.passed);
      CHECK(names(narrow, real.asked));
      CHECK_FALSE(names(narrow, real.another));
    }
    const RealProject::Run wide = project.run(proof, proof.wide);
    INFO("wide:\n" << wide.output);
    CHECK_FALSE(wide.passed);
    CHECK(names(wide, real.asked));
    CHECK(names(wide, real.another));
  }
  project.write(real.fixed);
  const RealProject::Run narrow = project.run(proof, proof.narrow);
  INFO("narrow, fixed:\n" << narrow.output);
  CHECK(narrow.passed);
  const RealProject::Run wide = project.run(proof, proof.wide);
  INFO("wide, fixed:\n" << wide.output);
  CHECK(wide.passed);
}

}  // namespace autofix::verify::test

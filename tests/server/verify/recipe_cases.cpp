#include "tests/server/verify/recipe_cases.h"

namespace autofix::verify::test {

tl::expected<std::vector<Proof>, std::string> find_in(const World& world,
                                                      const std::vector<problems::Problem>& problems) {
  const auto files = fix::make_memory_files(world.files, "/project");
  return find_proofs(problems, *files,
                     [&](std::string_view program) { return world.programs.contains(program); });
}

std::string shown(const tl::expected<std::vector<Proof>, std::string>& proofs) {
  if (!proofs) return proofs.error() + "\n";
  std::string text;
  for (const Proof& proof : *proofs) {
    text += proof.recipe + (proof.folder.empty() ? "" : " in " + proof.folder) + "\n";
    for (const Command& command : proof.prepare) text += "  prepare: " + command.text + "\n";
    for (const Command& command : proof.narrow) text += "  narrow: " + command.text + "\n";
    for (const Command& command : proof.wide) text += "  wide: " + command.text + "\n";
  }
  return text;
}

problems::Problem failing_test(std::string source, std::string name, std::string class_name,
                               std::string path) {
  problems::Problem problem;
  problem.kind = problems::ProblemKind::test_failure;
  problem.source = std::move(source);
  problem.path = std::move(path);
  problem.test.emplace();
  problem.test->name = std::move(name);
  problem.test->class_name = std::move(class_name);
  return problem;
}

problems::Problem diagnostic(std::string source, std::string path) {
  problems::Problem problem;
  problem.source = std::move(source);
  problem.path = std::move(path);
  return problem;
}

}  // namespace autofix::verify::test

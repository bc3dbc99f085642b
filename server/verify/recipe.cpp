#include "server/verify/recipe.h"

#include <algorithm>
#include <cctype>

#include "server/problems/readers.h"
#include "server/verify/recipe_fillings.h"
#include "server/verify/recipe_names.h"
#include "server/verify/recipe_table.h"

namespace autofix::verify {
namespace {

using problems::Problem;
using problems::ProblemKind;

/// More names than this in one command are no longer narrow, and some system's limit is near.
constexpr std::size_t kMostArgumentBytes = 60'000;

/// For people, who may type it into their shell.
std::string text_of(const std::vector<std::string>& argv) {
  std::string text;
  for (const std::string& word : argv) {
    if (!text.empty()) text += ' ';
    const bool bare = is_identifier("x" + word, "-./=:,+@%");
    if (bare && !word.empty()) {
      text += word;
      continue;
    }
    text += '\'';
    for (const char byte : word) text += byte == '\'' ? std::string("'\\''") : std::string(1, byte);
    text += '\'';
  }
  return text;
}

/// `{tests}` alone stands for all of its words, within a word for the first.
void fill_word(std::string_view word, const Blanks& blanks, std::vector<std::string>& argv) {
  const std::size_t open = word.find('{');
  const std::size_t close = word.find('}');
  if (open == std::string_view::npos || close == std::string_view::npos) {
    argv.emplace_back(word);
    return;
  }
  const auto blank = blanks.find(word.substr(open + 1, close - open - 1));
  if (blank == blanks.end()) return;
  if (word.size() == close + 1 - open) {
    argv.insert(argv.end(), blank->second.begin(), blank->second.end());
  } else if (!blank->second.empty()) {
    argv.push_back(std::string(word.substr(0, open)) + blank->second.front() +
                   std::string(word.substr(close + 1)));
  }
}

/// What to do about a program that is not there.
std::string missing(std::string_view programs) {
  std::string names(programs);
  for (std::size_t at = names.find('|'); at != std::string::npos; at = names.find('|', at)) {
    names.replace(at, 1, " or ");
  }
  return names + " is neither in the project nor on PATH";
}

/// One command for each filling of the template, without doubles.
tl::expected<std::vector<Command>, std::string> commands_of(const Project& project, const Group& group,
                                                            std::string_view command_template, Origin origin,
                                                            const std::vector<Blanks>& fillings) {
  std::vector<Command> commands;
  if (command_template.empty()) return commands;
  for (const Blanks& blanks : fillings) {
    const std::vector<std::string_view> words = split(command_template, ' ');
    std::vector<std::string> argv;
    if (words.front().starts_with('{')) {
      fill_word(words.front(), blanks, argv);
    } else {
      argv = find_program(project, group.folder, words.front(), origin);
      if (argv.empty()) return tl::unexpected(missing(words.front()));
    }
    for (std::size_t at = 1; at < words.size(); ++at) fill_word(words[at], blanks, argv);
    const bool known =
        std::ranges::any_of(commands, [&](const Command& command) { return command.argv == argv; });
    if (!known) commands.push_back({argv, text_of(argv)});
  }
  return commands;
}

bool fits_a_command_line(const std::vector<Command>& commands) {
  return std::ranges::all_of(commands, [](const Command& command) {
    std::size_t bytes = 0;
    for (const std::string& word : command.argv) bytes += word.size() + 1;
    return bytes <= kMostArgumentBytes;
  });
}

tl::expected<Proof, std::string> prove(const Project& project, const Group& group) {
  const Recipe& recipe = group.recipe;
  const tl::expected<Filling, std::string> filling = recipe.fill(project, group);
  if (!filling) return tl::unexpected(filling.error());
  Proof proof;
  proof.recipe = recipe.name;
  proof.folder = group.folder;
  proof.read = problems::read_output;
  const auto make = [&](std::string_view words, Origin origin, const std::vector<Blanks>& blanks,
                        std::vector<Command>& out) -> std::string {
    auto commands = commands_of(project, group, words, origin, blanks);
    if (!commands) return commands.error();
    out = std::move(*commands);
    return {};
  };
  for (const std::string& error : {make(recipe.prepare, Origin::path, filling->wide, proof.prepare),
                                   make(recipe.narrow, recipe.origin, filling->narrow, proof.narrow),
                                   make(recipe.wide, recipe.origin, filling->wide, proof.wide)}) {
    if (!error.empty()) return tl::unexpected(error);
  }
  if (!fits_a_command_line(proof.narrow)) proof.narrow.clear();
  if (!fits_a_command_line(proof.wide)) return tl::unexpected(std::string("too many files for one command"));
  return proof;
}

// Which row
// ---------------------------------------------------------------------------------------------------------

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char byte) { return std::tolower(byte); });
  return result;
}

/// `Ruff`, `ESLint`, and `go vet (printf)` or `clippy::all` by their first word.
bool is_called(const Recipe& recipe, std::string_view source) {
  const auto named = [&](std::string_view name) {
    return !name.empty() && name.find('|') == std::string_view::npos &&
           recipe.sources.find("|" + std::string(name) + "|") != std::string_view::npos;
  };
  return named(source) || named(source.substr(0, source.find_first_of(" (:")));
}

/// A report that names no framework: the test's file and what lies about it decide.
bool seems_used(const Project& project, const Problem& problem, const Recipe& recipe) {
  const auto file = find_test_file(project, problem, recipe.endings);
  if (!file) return false;
  return recipe.signs.empty() || nearest_sign(project, file->path, recipe.signs, file->path).has_value();
}

/// Rows to try, best first.
std::vector<const Recipe*> recipes_for(const Project& project, const Problem& problem) {
  const bool is_test = problem.kind == ProblemKind::test_failure && problem.test;
  const std::string source = lower(problem.source);
  std::vector<const Recipe*> found;
  for (const Recipe& recipe : is_test ? test_recipes() : diagnostic_recipes()) {
    // The same word may be two tools' in two languages.
    const bool fits =
        is_test || problem.path.empty() || recipe.endings.empty() || has_ending(problem.path, recipe.endings);
    if (fits && is_called(recipe, source)) found.push_back(&recipe);
  }
  if (!found.empty() || !is_test) return found;
  for (const Recipe& recipe : test_recipes()) {
    if (seems_used(project, problem, recipe)) found.push_back(&recipe);
  }
  if (!found.empty()) return found;
  // No file is known: the project's root says what its tests are.
  for (const Recipe& recipe : test_recipes()) {
    if (!recipe.signs.empty() && nearest_sign(project, "", recipe.signs, "")) found.push_back(&recipe);
  }
  return found;
}

std::string described(const Problem& problem) {
  const auto tidy = [](std::string_view text) {
    std::string line = problems::printable(text.substr(0, 200));
    std::ranges::replace_if(
        line,
        [](char byte) {
          return !is_plain({&byte, 1});
        },
        ' ');
    return line;
  };
  const std::string source = problem.source.empty() ? "an unnamed tool" : tidy(problem.source);
  if (problem.test) return "the failing test " + tidy(problem.test->name) + " (reported by " + source + ")";
  return "diagnostics of " + source + (problem.path.empty() ? "" : " in " + tidy(problem.path));
}

std::string no_recipe(const Problem& problem, std::string_view why) {
  std::string sentence = "no recipe for " + described(problem);
  if (!why.empty()) sentence += ": " + std::string(why);
  return sentence + "; name a command with verify.commands or --verify";
}

}  // namespace

tl::expected<std::vector<Proof>, std::string> find_proofs(const std::vector<Problem>& problems,
                                                          const fix::ProjectFiles& files,
                                                          const HasProgram& has_program) {
  const Project project(files, has_program);
  std::vector<Group> groups;
  for (const Problem& problem : problems) {
    std::string why;
    bool placed = false;
    for (const Recipe* recipe : recipes_for(project, problem)) {
      const std::string folder = recipe->home(project, problem, *recipe);
      // Alone first, so that one problem's trouble is told of that problem.
      const auto proof = prove(project, {*recipe, folder, {&problem}});
      if (!proof) {
        if (why.empty()) why = proof.error();
        continue;
      }
      auto group = std::ranges::find_if(
          groups, [&](const Group& other) { return &other.recipe == recipe && other.folder == folder; });
      if (group == groups.end()) {
        groups.push_back({*recipe, folder, {&problem}});
      } else {
        group->problems.push_back(&problem);
      }
      placed = true;
      break;
    }
    if (!placed) return tl::unexpected(no_recipe(problem, why));
  }
  std::vector<Proof> proofs;
  for (const Group& group : groups) {
    auto proof = prove(project, group);
    if (!proof) return tl::unexpected(no_recipe(*group.problems.front(), proof.error()));
    proofs.push_back(std::move(*proof));
  }
  return proofs;
}

// Homes
// ---------------------------------------------------------------------------------------------------------

std::string at_root(const Project&, const Problem&, const Recipe&) {
  return {};
}

std::string at_sign(const Project& project, const Problem& problem, const Recipe& recipe) {
  const auto file = find_test_file(project, problem, recipe.endings);
  if (file) {
    if (const auto folder = nearest_sign(project, file->path, recipe.signs, "")) return *folder;
    // node:test needs nothing of its own, but runs where its package is.
    if (recipe.origin == Origin::node || recipe.name == "node:test") {
      return nearest_sign(project, file->path, "package.json", "").value_or("");
    }
    return {};
  }
  // A test without a file: the root, or the only folder that could be meant.
  for (const std::string_view sign : split(recipe.signs, ' ')) {
    if (const auto found = find_file(project, sign)) return folder_of(found->path);
  }
  return {};
}

std::string where_reported(const Project& project, const Problem& problem, const Recipe& recipe) {
  const auto file = find_test_file(project, problem, recipe.endings);
  std::string folder = file ? file->folder : std::string();
  // `test_x.TestA` leaves out the folder of the tests, which is not what they import from.
  while (folder.substr(folder.rfind('/') + 1).starts_with("test")) folder = folder_of(folder);
  return folder;
}

// Files
// ---------------------------------------------------------------------------------------------------------

tl::expected<std::vector<std::string>, std::string> files_of(const Project& project, const Group& group) {
  std::vector<std::string> arguments;
  for (const Problem* problem : group.problems) {
    const auto file = find_file(project, problem->path);
    if (!file) {
      return tl::unexpected(problem->path.empty() ? std::string("it names no file")
                                                  : std::string("the project has no such file"));
    }
    const std::string argument = as_argument(file->path, group.folder);
    if (std::ranges::find(arguments, argument) == arguments.end()) arguments.push_back(argument);
  }
  return arguments;
}

tl::expected<Filling, std::string> asked_files(const Project& project, const Group& group) {
  auto files = files_of(project, group);
  if (!files) return tl::unexpected(files.error());
  const Blanks blanks = {{"files", std::move(*files)}};
  return Filling{{blanks}, {blanks}};
}

tl::expected<Filling, std::string> nothing(const Project&, const Group&) {
  return Filling{{}, {{}}};
}

}  // namespace autofix::verify

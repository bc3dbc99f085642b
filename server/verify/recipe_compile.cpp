// The compilers' and clang-tidy's commands for a file of C or C++: what compile_commands.json says.
#include <algorithm>

#include "server/verify/recipe_fillings.h"
#include "server/verify/recipe_names.h"

namespace autofix::verify {
namespace {

using nlohmann::json;
using problems::Problem;

struct Entry {
  std::string folder;  ///< below the root
  std::string file;    ///< as the command spells it
  std::vector<std::string> argv;
};

std::string text_member(const json& object, const char* key) {
  const auto member = object.find(key);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

/// A path of the database below the root; empty outside of it.
std::string inside(const Project& project, const std::string& directory, const std::string& path) {
  return project.files.relative(path.starts_with('/') ? path : directory + "/" + path);
}

std::vector<std::string> words_of(const json& entry) {
  std::vector<std::string> words;
  const auto arguments = entry.find("arguments");
  if (arguments != entry.end() && arguments->is_array()) {
    for (const json& word : *arguments) {
      if (!word.is_string()) return {};
      words.push_back(word.get<std::string>());
    }
    return words;
  }
  words = parse_command(text_member(entry, "command")).argv;
  // A command that needs a shell is no compiler's.
  if (!words.empty() && words.front() == "/bin/sh") words.clear();
  return words;
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// `g++`, `x86_64-linux-gnu-gcc-12`, `clang++`, `cc`: nothing else is started on a file's word.
bool is_compiler(std::string_view program) {
  std::string_view name = base_name(program);
  while (!name.empty() && std::string_view("0123456789.-").find(name.back()) != std::string_view::npos) {
    name.remove_suffix(1);
  }
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"gcc", "g++", "cc", "c++", "clang", "clang++"},
      [&](std::string_view known) { return name == known || name.ends_with("-" + std::string(known)); });
}

bool is_launcher(std::string_view program) {
  const std::string_view name = base_name(program);
  return name == "ccache" || name == "sccache" || name == "distcc" || name == "icecc";
}

/// The first folder's database, if there is one.
struct Database {
  std::string folder;
  const json* entries = nullptr;
};

Database read_database(const Project& project) {
  std::vector<std::string> folders = build_folders(project, "compile_commands.json");
  // The one at the root is where clangd looks first.
  std::stable_partition(folders.begin(), folders.end(),
                        [](const std::string& folder) { return folder.empty(); });
  for (const std::string& folder : folders) {
    const json& value = project.json_of((folder.empty() ? "" : folder + "/") + "compile_commands.json");
    if (value.is_array()) return {folder, &value};
  }
  return {};
}

/// The entry of that file; of a header, that of the first file that includes it by name.
tl::expected<Entry, std::string> find_entry(const Project& project, const Database& database,
                                            std::string_view path) {
  const json* including = nullptr;
  const json* own = nullptr;
  const bool is_header = has_ending(path, ".h .hpp .hh .hxx .ipp");
  for (const json& entry : *database.entries) {
    if (!entry.is_object()) continue;
    const std::string file = inside(project, text_member(entry, "directory"), text_member(entry, "file"));
    if (file.empty()) continue;
    if (file == path) own = &entry;
    if (own != nullptr) break;
    if (!is_header || including != nullptr) continue;
    const std::string& text = project.text_of(file);
    const std::string name(base_name(path));
    if (text.find(name + "\"") != std::string::npos || text.find(name + ">") != std::string::npos)
      including = &entry;
  }
  if (own == nullptr) own = including;
  if (own == nullptr) return tl::unexpected(std::string("compile_commands.json has no entry for it"));
  Entry entry;
  const std::string directory = text_member(*own, "directory");
  const std::string root = project.files.root().generic_string();
  entry.folder =
      directory == root || directory == root + "/" ? std::string() : project.files.relative(directory);
  if (entry.folder.empty() && directory != root && directory != root + "/") {
    return tl::unexpected(std::string("it is compiled in a folder outside the project"));
  }
  entry.file = text_member(*own, "file");
  entry.argv = words_of(*own);
  if (!entry.argv.empty() && is_launcher(entry.argv.front())) entry.argv.erase(entry.argv.begin());
  if (entry.argv.size() < 2 || !is_compiler(entry.argv.front())) {
    return tl::unexpected(std::string("its entry in compile_commands.json is no plain compiler's command"));
  }
  return entry;
}

/// Nothing is written: no object, no list of dependencies.
std::vector<std::string> syntax_only(const std::vector<std::string>& argv) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < argv.size(); ++at) {
    const std::string& word = argv[at];
    if (word == "-o" || word == "-MF" || word == "-MT" || word == "-MQ" || word == "-MJ") {
      ++at;
      continue;
    }
    const bool writes = word == "-c" || word == "-S" || word == "-E" || word == "-MD" || word == "-MMD" ||
                        word == "-MP" || word == "-M" || word == "-MM" || word.starts_with("-save-temps") ||
                        (word.starts_with("-o") && word.size() > 2 && !word.starts_with("-objc"));
    if (!writes) words.push_back(word);
  }
  // Behind the program, so that it stands before a `--`; the entry's own colours come later, hence the
  // second.
  words.insert(words.begin() + 1, "-fsyntax-only");
  const auto dashes = std::ranges::find(words, "--");
  words.insert(dashes, "-fdiagnostics-color=never");
  return words;
}

/// clangd's diagnostics are Clang's: the same command, by Clang where it is there.
void use_clang(const Project& project, std::vector<std::string>& argv) {
  if (base_name(argv.front()).find("clang") != std::string_view::npos) return;
  const bool is_cpp = argv.front().find("++") != std::string::npos;
  const char* clang = is_cpp ? "clang++" : "clang";
  if (!project.has(clang)) return;
  argv.front() = clang;
  argv.insert(argv.begin() + 1, {"-Wno-unknown-warning-option", "-Wno-ignored-optimization-argument"});
}

/// Without a database, what clangd does: the file with nothing but the usual warnings.
tl::expected<std::vector<std::string>, std::string> lone_command(const Project& project, const Group& group,
                                                                 std::string_view path) {
  for (const char* build : {"CMakeLists.txt", "meson.build", "Makefile", "BUILD.bazel", "configure.ac"}) {
    if (project.files.exists(build)) {
      return tl::unexpected(std::string(
          "there is no compile_commands.json (CMake writes it with CMAKE_EXPORT_COMPILE_COMMANDS)"));
    }
  }
  const bool is_c = path.ends_with(".c");
  const std::string_view programs =
      group.recipe.name == "gcc" ? (is_c ? "gcc|cc" : "g++|c++") : (is_c ? "clang|cc" : "clang++|c++");
  std::vector<std::string> argv = find_program(project, "", programs, Origin::path);
  if (argv.empty()) return tl::unexpected(std::string("there is no compiler on PATH"));
  argv.insert(argv.end(),
              {"-fsyntax-only", "-Wall", "-Wextra", "-fdiagnostics-color=never", as_argument(path, "")});
  return argv;
}

}  // namespace

std::string where_compiled(const Project& project, const Problem& problem, const Recipe&) {
  const auto file = find_file(project, problem.path);
  if (!file) return {};
  const Database database = read_database(project);
  if (database.entries == nullptr) return {};
  const auto entry = find_entry(project, database, file->path);
  return entry ? entry->folder : std::string();
}

tl::expected<Filling, std::string> compile_commands(const Project& project, const Group& group) {
  const Database database = read_database(project);
  Filling filling;
  for (const Problem* problem : group.problems) {
    const auto file = find_file(project, problem->path);
    if (!file) return tl::unexpected(std::string("the project has no such file"));
    std::vector<std::string> argv;
    if (database.entries == nullptr) {
      auto lone = lone_command(project, group, file->path);
      if (!lone) return tl::unexpected(lone.error());
      argv = std::move(*lone);
    } else {
      const auto entry = find_entry(project, database, file->path);
      if (!entry) return tl::unexpected(entry.error());
      argv = syntax_only(entry->argv);
      if (group.recipe.name == "clang") use_clang(project, argv);
    }
    filling.wide.push_back({{"compile", std::move(argv)}});
  }
  return filling;
}

tl::expected<Filling, std::string> tidied_files(const Project& project, const Group& group) {
  auto files = files_of(project, group);
  if (!files) return tl::unexpected(files.error());
  const Database database = read_database(project);
  Blanks blanks = {{"files", std::move(*files)}};
  if (database.entries != nullptr) {
    blanks["database"] = {"-p", as_argument(database.folder, "")};
  } else {
    // Else it takes any database above the project for its own.
    blanks["files"].emplace_back("--");
  }
  return Filling{{}, {blanks}};
}

}  // namespace autofix::verify

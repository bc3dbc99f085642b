// A Python name that is used and never imported. The import is taken from what the project's other files
// write, else from the project's own modules, else from the standard library; two possible ones mean none.
#include <algorithm>
#include <array>
#include <set>

#include "server/problems/text_scan.h"
#include "server/repair/python_module.h"
#include "server/repair/rule.h"
#include "server/repair/source_text.h"

namespace autofix::repair {

namespace {

// Modules of the standard library (docs.python.org/3/py-modindex.html) that programs import by name.
constexpr auto kModules = std::to_array<std::string_view>(
    {"abc",         "argparse",   "ast",      "asyncio",    "base64",  "bisect",      "calendar",
     "collections", "contextlib", "copy",     "csv",        "ctypes",  "dataclasses", "datetime",
     "decimal",     "difflib",    "email",    "enum",       "errno",   "fnmatch",     "fractions",
     "functools",   "gc",         "getpass",  "glob",       "gzip",    "hashlib",     "heapq",
     "hmac",        "html",       "http",     "importlib",  "inspect", "io",          "ipaddress",
     "itertools",   "json",       "locale",   "logging",    "math",    "mimetypes",   "operator",
     "os",          "pathlib",    "pickle",   "platform",   "pprint",  "queue",       "random",
     "re",          "secrets",    "select",   "shlex",      "shutil",  "signal",      "socket",
     "sqlite3",     "ssl",        "stat",     "statistics", "string",  "struct",      "subprocess",
     "sys",         "tempfile",   "textwrap", "threading",  "time",    "timeit",      "traceback",
     "types",       "typing",     "unittest", "urllib",     "uuid",    "warnings",    "weakref",
     "zipfile",     "zlib",       "zoneinfo"});

struct StandardName {
  std::string_view name;
  std::string_view module;
};
constexpr auto kNames = std::to_array<StandardName>({
    {"ABC", "abc"},
    {"Any", "typing"},
    {"Callable", "typing"},
    {"Counter", "collections"},
    {"Decimal", "decimal"},
    {"Dict", "typing"},
    {"Enum", "enum"},
    {"Fraction", "fractions"},
    {"Iterable", "typing"},
    {"Iterator", "typing"},
    {"List", "typing"},
    {"Literal", "typing"},
    {"NamedTuple", "typing"},
    {"Optional", "typing"},
    {"OrderedDict", "collections"},
    {"Path", "pathlib"},
    {"Protocol", "typing"},
    {"StringIO", "io"},
    {"Tuple", "typing"},
    {"TypeVar", "typing"},
    {"Union", "typing"},
    {"abstractmethod", "abc"},
    {"contextmanager", "contextlib"},
    {"dataclass", "dataclasses"},
    {"deepcopy", "copy"},
    {"defaultdict", "collections"},
    {"deque", "collections"},
    {"lru_cache", "functools"},
    {"namedtuple", "collections"},
    {"timedelta", "datetime"},
    {"wraps", "functools"},
});

std::string_view undefined_name(const std::vector<std::string>& messages) {
  // CPython; pyflakes and ruff; pyright; mypy; pylint.
  constexpr std::array<std::string_view, 5> kMarkers = {"NameError: name", "ndefined name", "Name",
                                                        "ndefined variable", "name"};
  for (const std::string_view message : messages) {
    const bool spoken = problems::contains(message, "is not defined") ||
                        problems::contains(message, "ndefined name") ||
                        problems::contains(message, "ndefined variable");
    if (!spoken) continue;
    for (const std::string_view marker : kMarkers) {
      const std::string_view name = name_after(message, marker);
      if (is_identifier(name)) return name;
    }
    const std::vector<std::string_view> quoted = quoted_names(message);
    if (!quoted.empty() && is_identifier(quoted.front()) && message.find(quoted.front()) < 3)
      return quoted.front();
  }
  return {};
}

/// The attributes that the file asks of the name: `Task` of `models.Task(title)`.
std::set<std::string, std::less<>> attributes_of(std::string_view text, std::string_view name) {
  std::set<std::string, std::less<>> attributes;
  for (const std::size_t at : find_words(text, name)) {
    std::size_t begin = at + name.size();
    if (begin >= text.size() || text[begin] != '.' || (at > 0 && text[at - 1] == '.')) continue;
    std::size_t end = ++begin;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    if (end > begin) attributes.emplace(text.substr(begin, end - begin));
  }
  return attributes;
}

std::string dotted(std::string_view path) {
  std::string result(path);
  std::replace(result.begin(), result.end(), '/', '.');
  return result;
}

/// Knows the project's modules and how its files speak of each other.
class Modules {
 public:
  Modules(const fix::ProjectFiles& files, std::string_view path, std::string_view text)
      : files_(files), path_(path), text_(text), folder_(folder_of(path)) {
    for (std::string& file : files.list()) {
      if (file.ends_with(".py") && file != path) python_.push_back(std::move(file));
    }
  }

  /// Every import line that would bind `name`, without doubles. At most one is what we look for.
  std::set<std::string> candidates(std::string_view name) const {
    std::set<std::string> found = used_elsewhere(name);
    if (!found.empty()) return found;
    found = own(name);
    const bool module = std::binary_search(kModules.begin(), kModules.end(), name);
    const auto attributes = attributes_of(text_, name);
    if (name == "datetime") {
      const bool of_module = attributes.contains("datetime") || attributes.contains("timedelta") ||
                             attributes.contains("date") || attributes.contains("timezone");
      found.insert(of_module ? "import datetime" : "from datetime import datetime");
    } else if (module && !attributes.empty()) {
      found.insert("import " + std::string(name));
    }
    const auto standard = std::find_if(kNames.begin(), kNames.end(),
                                       [&](const StandardName& entry) { return entry.name == name; });
    if (standard != kNames.end()) {
      found.insert("from " + std::string(standard->module) + " import " + std::string(name));
    }
    return found;
  }

 private:
  bool is_package(std::string_view folder) const {
    return files_.exists(folder.empty() ? "__init__.py" : std::string(folder) + "/__init__.py");
  }

  /// Folder that `import` starts from for a file: the first above it that is no package.
  std::string_view root_of(std::string_view path) const {
    std::string_view folder = folder_of(path);
    while (!folder.empty() && is_package(folder)) folder = folder_of(folder);
    return folder;
  }

  /// The import as the project's other files spell it; relative ones count only within the same folder.
  std::set<std::string> used_elsewhere(std::string_view name) const {
    std::set<std::string> found;
    for (const std::string& file : python_) {
      const auto text = files_.read(file);
      if (!text || text->find(name) == std::string::npos) continue;
      for (const PythonStatement& statement : python_head(*text).imports) {
        for (const PythonImport& import : statement.imports) {
          if (import.bound != name) continue;
          const bool relative = import.module.starts_with('.');
          if (relative && folder_of(file) != folder_) continue;
          if (module_path(import.module) == path_) continue;  // they import it from us
          found.insert(line_of(import));
        }
      }
    }
    return found;
  }

  std::string module_path(std::string_view module) const {
    std::string path(module);
    std::replace(path.begin(), path.end(), '.', '/');
    return path + ".py";
  }

  static std::string line_of(const PythonImport& import) {
    std::string line = import.module.empty() ? "import " : "from " + import.module + " import ";
    line += import.name;
    const bool renamed = import.bound != import.name.substr(0, import.name.find('.'));
    if (renamed) line += " as " + import.bound;
    return line;
  }

  /// From the project's modules: one called so that has what is asked of it, or one that defines the name.
  std::set<std::string> own(std::string_view name) const {
    std::set<std::string> found;
    const auto attributes = attributes_of(text_, name);
    for (const std::string& file : python_) {
      const std::string_view file_folder = folder_of(file);
      const std::string_view stem = stem_of(file);
      const bool test = stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest";
      if (test) continue;
      const auto text = files_.read(file);
      if (!text) continue;
      if (stem == name && !attributes.empty() &&
          std::all_of(attributes.begin(), attributes.end(), [&](const std::string& attribute) {
            return python_defines(*text, attribute) || binds(*text, attribute);
          })) {
        found.insert(import_of_module(file, file_folder, stem));
      }
      if (attributes.empty() || std::isupper(static_cast<unsigned char>(name.front())) != 0) {
        if (python_defines(*text, name)) found.insert(import_of_name(file, file_folder, stem, name));
      }
    }
    found.erase("");
    return found;
  }

  static bool binds(std::string_view text, std::string_view name) {
    for (const PythonStatement& statement : python_head(text).imports) {
      for (const PythonImport& import : statement.imports) {
        if (import.bound == name) return true;
      }
    }
    return false;
  }

  /// Within a package relative, unless its files write absolute imports of it.
  bool relative_style() const {
    bool absolute = false;
    for (const std::string& file : python_) {
      if (folder_of(file) != folder_) continue;
      const auto text = files_.read(file);
      if (!text) continue;
      for (const PythonStatement& statement : python_head(*text).imports) {
        for (const PythonImport& import : statement.imports) {
          if (import.module.starts_with('.')) return true;
          const std::string package = package_of(folder_);
          if (import.module == package || import.module.starts_with(package + ".")) absolute = true;
        }
      }
    }
    for (const PythonStatement& statement : python_head(text_).imports) {
      for (const PythonImport& import : statement.imports) {
        if (import.module.starts_with('.')) return true;
        if (import.module.starts_with(package_of(folder_) + ".")) absolute = true;
      }
    }
    return !absolute;
  }

  /// Dotted name of a package folder from its root.
  std::string package_of(std::string_view folder) const {
    const std::string_view root = root_of(std::string(folder) + "/x.py");
    return dotted(root.empty() ? folder : folder.substr(std::min(folder.size(), root.size() + 1)));
  }

  std::string import_of_module(std::string_view file, std::string_view file_folder,
                               std::string_view stem) const {
    const bool same = file_folder == folder_;
    if (same && is_package(folder_) && !folder_.empty()) {
      if (relative_style()) return "from . import " + std::string(stem);
      return "from " + package_of(folder_) + " import " + std::string(stem);
    }
    if (same) return "import " + std::string(stem);
    if (!is_package(file_folder)) return reachable(file) ? "import " + std::string(stem) : std::string();
    return "from " + package_of(file_folder) + " import " + std::string(stem);
  }

  std::string import_of_name(std::string_view file, std::string_view file_folder, std::string_view stem,
                             std::string_view name) const {
    const bool same = file_folder == folder_;
    std::string module;
    if (stem == "__init__") {
      module = same ? (relative_style() ? "." : package_of(folder_)) : package_of(file_folder);
    } else if (same && is_package(folder_) && !folder_.empty()) {
      module = relative_style() ? "." + std::string(stem) : package_of(folder_) + "." + std::string(stem);
    } else if (same) {
      module = stem;
    } else if (is_package(file_folder)) {
      module = package_of(file_folder) + "." + std::string(stem);
    } else if (reachable(file)) {
      module = stem;
    }
    return module.empty() ? std::string() : "from " + module + " import " + std::string(name);
  }

  /// A lone module of another folder can be imported by name only from the root.
  bool reachable(std::string_view file) const {
    return folder_of(file).empty() || folder_of(file) == root_of(path_);
  }

  const fix::ProjectFiles& files_;
  std::string_view path_;
  std::string_view text_;
  std::string_view folder_;
  std::vector<std::string> python_;
};

bool is_standard(const PythonStatement& statement) {
  const PythonImport& import = statement.imports.front();
  const std::string& module = import.module.empty() ? import.name : import.module;
  const std::string_view top = std::string_view(module).substr(0, module.find('.'));
  return !top.empty() && std::binary_search(kModules.begin(), kModules.end(), top);
}

std::string_view key_of(std::string_view line) {
  if (!problems::take_prefix(line, "import ")) problems::take_prefix(line, "from ");
  return problems::trimmed(line);
}

/// The one insertion that adds `line` where readers expect it: standard library first, the project's own
/// last.
text::TextEdit insertion(std::string_view text, const std::string& line) {
  const PythonHead head = python_head(text);
  const std::string ending(ending_of(text));
  const bool plain = line.starts_with("import ");
  std::string_view module = key_of(line);
  module = module.substr(0, module.find_first_of(" ."));
  const bool standard = std::binary_search(kModules.begin(), kModules.end(), module);
  const auto insert = [](std::size_t at, std::string new_text) {
    text::TextEdit edit;
    edit.begin = edit.end = at;
    edit.new_text = std::move(new_text);
    return edit;
  };
  if (head.imports.empty()) {
    const std::size_t at = head.first_place;
    const std::string_view rest = text.substr(at);
    std::string new_text = line + ending;
    const bool ends_line = at == 0 || at == 3 || text.substr(0, at).ends_with('\n');
    const bool blank_follows = rest.starts_with('\n') || rest.starts_with("\r\n") || rest.empty();
    // Two blank lines before a definition, one before a statement.
    const bool definition = rest.starts_with("def ") || rest.starts_with("class ") ||
                            rest.starts_with("async def ") || rest.starts_with("@");
    if (!blank_follows) new_text += definition ? ending + ending : ending;
    if (at > 0 && at != 3) new_text = ending + new_text;
    if (!ends_line) new_text = ending + new_text;
    return insert(at, std::move(new_text));
  }
  if (standard) {
    // The first run of standard imports, `import x` before `from x import y` as most files have it.
    auto place = head.imports.begin();
    if (!is_standard(*place)) return insert(place->span.begin, line + ending + ending);
    auto last = place;
    std::optional<std::size_t> before;
    while (true) {
      const std::string_view statement = text.substr(place->span.begin, place->span.end - place->span.begin);
      const bool other_plain = statement.starts_with("import ");
      const bool later = plain == other_plain ? key_of(line) < key_of(statement) : plain && !other_plain;
      if (later && !before) before = place->span.begin;
      last = place;
      ++place;
      if (place == head.imports.end() || place->span.begin != last->span.end || !is_standard(*place)) break;
    }
    if (before) return insert(*before, line + ending);
    const bool complete = text.substr(0, last->span.end).ends_with('\n');
    return insert(last->span.end, complete ? line + ending : ending + line);
  }
  const PythonStatement& last = head.imports.back();
  const bool complete = text.substr(0, last.span.end).ends_with('\n');
  std::string new_text = complete ? line + ending : ending + line;
  if (is_standard(last)) new_text = ending + new_text;
  return insert(last.span.end, std::move(new_text));
}

/// Whether the file gives the name a meaning somewhere: then its place or order is wrong, not an import
/// missing.
bool is_bound(std::string_view text, std::string_view name) {
  for (const std::size_t at : find_words(text, name)) {
    const std::size_t line_begin =
        text.rfind('\n', at) == std::string_view::npos ? 0 : text.rfind('\n', at) + 1;
    const std::size_t line_end = std::min(text.find('\n', at), text.size());
    const std::string_view before = problems::trimmed(text.substr(line_begin, at - line_begin));
    std::string_view after = text.substr(at + name.size(), line_end - at - name.size());
    while (after.starts_with(' ')) after.remove_prefix(1);
    if (before.ends_with("def") || before.ends_with("class") || before.ends_with(" as") || before == "for" ||
        before == "global" || before.starts_with("import") || before.starts_with("from ")) {
      return true;
    }
    if (before.empty() && after.starts_with('=') && !after.starts_with("==")) return true;
  }
  return false;
}

}  // namespace

std::optional<Repair> missing_python_import(const Subject& subject) {
  const std::string_view name = undefined_name(subject.messages);
  if (name.empty()) return std::nullopt;
  for (const Place& place : subject.places) {
    if (language_of(place.path) != Language::python) continue;
    if (find_words(place.line_text(), name).empty()) continue;
    if (is_bound(place.text, name)) return std::nullopt;
    const std::set<std::string> lines = Modules(subject.files, place.path, place.text).candidates(name);
    if (lines.size() != 1) return std::nullopt;
    return Repair{"missing-import",
                  place.path,
                  {insertion(place.text, *lines.begin())},
                  "Missing import of " + std::string(name) + " in " + std::string(stem_of(place.path)) + "."};
  }
  return std::nullopt;
}

}  // namespace autofix::repair

// A name of another file of the project that a TypeScript or JavaScript file uses without importing it.
#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "server/problems/text_scan.h"
#include "server/repair/rule.h"
#include "server/repair/source_text.h"

namespace autofix::repair {

namespace {

std::string_view undefined_name(const std::vector<std::string>& messages) {
  for (const std::string_view message : messages) {
    // tsc 2304, 2552; eslint no-undef; V8.
    if (const std::string_view name = name_after(message, "Cannot find name"); is_identifier(name))
      return name;
    const std::size_t end = message.find(" is not defined");
    if (end == std::string_view::npos) continue;
    const std::vector<std::string_view> quoted = quoted_names(message.substr(0, end));
    if (!quoted.empty() && is_identifier(quoted.back())) return quoted.back();
    const std::size_t space = message.rfind(' ', end - 1);
    const std::size_t begin = space == std::string_view::npos ? 0 : space + 1;
    const std::string_view name = message.substr(begin, end - begin);
    if (problems::contains(message, "ReferenceError") && is_identifier(name)) return name;
  }
  return {};
}

enum class Export { none, named, by_default, common_js };

Export export_of(std::string_view text, std::string_view name) {
  constexpr std::array<std::string_view, 10> kWords = {"function", "class",     "const", "let",   "var",
                                                       "type",     "interface", "enum",  "async", "abstract"};
  Export found = Export::none;
  for (const std::size_t at : find_words(text, name)) {
    const std::size_t line = text.rfind('\n', at) == std::string_view::npos ? 0 : text.rfind('\n', at) + 1;
    std::string_view before = problems::trimmed(text.substr(line, at - line));
    if (problems::take_prefix(before, "export default")) {
      if (before.empty() || before == " function" || before == " class" || before == " async function") {
        return Export::by_default;
      }
    }
    if (problems::take_prefix(before, "export {")) {
      if (!problems::contains(before, "}")) found = Export::named;
      continue;
    }
    if (problems::take_prefix(before, "export ")) {
      std::string_view rest = before;
      bool words = true;
      while (!rest.empty() && words) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        const std::string_view word = rest.substr(0, end);
        words =
            std::find(kWords.begin(), kWords.end(), word == "function*" ? "function" : word) != kWords.end();
        rest = problems::trimmed(rest.substr(end));
      }
      if (words) found = Export::named;
    }
    if (problems::take_prefix(before, "module.exports = {") && !problems::contains(before, "}")) {
      found = Export::common_js;
    }
    if (before == "exports." || before == "module.exports.") found = Export::common_js;
  }
  return found;
}

struct Style {
  bool semicolons = true;
  char quote = '\'';
  bool require = false;
  bool extensions = false;  ///< `./task.js`, not `./task`
  std::size_t last_import_end = 0;
  bool any = false;
};

Style style_of(std::string_view text) {
  Style style;
  std::size_t at = 0;
  int single = 0;
  int twice = 0;
  int with = 0;
  int without = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool import = line.starts_with("import ") || line.starts_with("} from ");
    const bool require =
        (line.starts_with("const ") || line.starts_with("var ") || line.starts_with("let ")) &&
        problems::contains(line, "= require(");
    if ((import && (problems::contains(line, "from ") || problems::contains(line, "import '") ||
                    problems::contains(line, "import \""))) ||
        require) {
      style.any = true;
      style.require = require;
      style.last_import_end = std::min(end + 1, text.size());
      style.extensions =
          style.extensions || problems::contains(line, ".js'") || problems::contains(line, ".js\"");
      single += problems::contains(line, "'") ? 1 : 0;
      twice += problems::contains(line, "\"") ? 1 : 0;
    }
    const std::string_view statement = problems::trimmed(line);
    if (statement.ends_with(';')) ++with;
    if (statement.ends_with(')') || import || statement.starts_with("return ")) {
      without += statement.ends_with(';') ? 0 : 1;
    }
    at = end + 1;
  }
  style.quote = twice > single ? '"' : '\'';
  style.semicolons = with > 0 || without == 0;
  return style;
}

std::string specifier(std::string_view from, std::string_view to, bool extension) {
  std::string_view without = to;
  without = without.substr(0, without.rfind('.'));
  std::string path = std::filesystem::path(without)
                         .lexically_relative(std::filesystem::path(folder_of(from)).empty()
                                                 ? std::filesystem::path(".")
                                                 : std::filesystem::path(folder_of(from)))
                         .generic_string();
  if (!path.starts_with('.')) path.insert(0, "./");
  const bool module_script = to.ends_with(".mjs") || to.ends_with(".cjs");
  if (module_script) return path + std::string(to.substr(to.rfind('.')));
  return extension ? path + ".js" : path;
}

bool is_declared(std::string_view text, std::string_view name) {
  for (const std::size_t at : find_words(text, name)) {
    const std::string_view before =
        problems::trimmed(text.substr(at > 24 ? at - 24 : 0, std::min<std::size_t>(at, 24)));
    for (const std::string_view word :
         {"function", "class", "const", "let", "var", "import", "type", "interface"}) {
      if (before.ends_with(word)) return true;
    }
  }
  return false;
}

}  // namespace

std::optional<Repair> missing_script_import(const Subject& subject) {
  const std::string_view name = undefined_name(subject.messages);
  if (name.empty()) return std::nullopt;
  for (const Place& place : subject.places) {
    if (language_of(place.path) != Language::script) continue;
    if (find_words(place.line_text(), name).empty()) continue;
    if (is_declared(place.text, name)) return std::nullopt;
    std::string from;
    Export kind = Export::none;
    for (const std::string& file : subject.files.list()) {
      if (file == place.path || language_of(file) != Language::script || file.ends_with(".d.ts")) continue;
      const auto text = subject.files.read(file);
      if (!text) continue;
      const Export found = export_of(*text, name);
      const bool fits = found != Export::none;
      if (!fits) continue;
      if (!from.empty()) return std::nullopt;
      from = file;
      kind = found;
    }
    if (from.empty()) return std::nullopt;

    const Style style = style_of(place.text);
    // A default export is imported by `import`; how `require` sees it depends on the project's set-up.
    const bool require = kind == Export::common_js;
    if (style.any && style.require != require) return std::nullopt;
    const std::string ending(ending_of(place.text));
    const std::string target = style.quote + specifier(place.path, from, style.extensions) + style.quote;
    const std::string bound =
        kind == Export::by_default ? std::string(name) : "{ " + std::string(name) + " }";
    std::string line =
        require ? "const " + bound + " = require(" + target + ")" : "import " + bound + " from " + target;
    if (style.semicolons) line += ";";
    std::size_t at = style.last_import_end;
    const std::string_view text = place.text;
    if (style.any) {
      line = text.substr(0, at).ends_with('\n') ? line + ending : ending + line;
    } else {
      // Behind a shebang, a byte order mark and "use strict".
      if (text.starts_with("\xEF\xBB\xBF")) at = 3;
      for (const std::string_view first : {"#!", "'use strict'", "\"use strict\""}) {
        if (text.substr(at).starts_with(first)) at = std::min(text.find('\n', at), text.size() - 1) + 1;
      }
      line += ending + ending;
    }
    return Repair{"missing-import",
                  place.path,
                  {{at, at, line}},
                  "Missing import of " + std::string(name) + " in " + std::string(stem_of(place.path)) + "."};
  }
  return std::nullopt;
}

}  // namespace autofix::repair

#include "server/repair/python_module.h"

#include <algorithm>

#include "server/problems/text_scan.h"
#include "server/repair/source_text.h"

namespace autofix::repair {

namespace {

/// Reads a file statement by statement, as far as the top level goes.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  PythonHead read() {
    std::size_t at = text_.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    head_.first_place = at;
    bool only_head_so_far = true;
    while (at < text_.size()) {
      const std::size_t end = end_of_logical_line(at);
      const std::string_view line = text_.substr(at, end - at);
      const std::string_view statement = problems::trimmed(line);
      const bool indented = line.starts_with(' ') || line.starts_with('\t');
      if (statement.starts_with("#")) {
        if (head_.first_place == at) head_.first_place = end;
      } else if (only_head_so_far && is_string(statement)) {
        head_.docstring = true;
        head_.first_place = end;
        only_head_so_far = false;
      } else if (!indented && (statement.starts_with("import ") || statement.starts_with("from "))) {
        only_head_so_far = false;
        PythonStatement parsed = import_statement(at, end);
        if (statement.starts_with("from __future__ ")) {
          head_.first_place = end;
        } else if (!parsed.imports.empty()) {
          head_.imports.push_back(std::move(parsed));
        }
      } else if (!statement.empty()) {
        only_head_so_far = false;
      }
      at = end;
    }
    return std::move(head_);
  }

 private:
  static bool is_string(std::string_view statement) {
    return statement.starts_with('"') || statement.starts_with('\'') || statement.starts_with("r\"") ||
           statement.starts_with("r'");
  }

  std::size_t end_of_string(std::size_t at) const {
    const char quote = text_[at];
    const std::string triple(3, quote);
    if (text_.substr(at, 3) == triple) {
      const std::size_t end = text_.find(triple, at + 3);
      return end == std::string_view::npos ? text_.size() : end + 3;
    }
    for (std::size_t end = at + 1; end < text_.size(); ++end) {
      if (text_[end] == '\\') {
        ++end;
      } else if (text_[end] == quote) {
        return end + 1;
      } else if (text_[end] == '\n') {
        return end;
      }
    }
    return text_.size();
  }

  /// Behind the line ending that ends the statement: not one in brackets, in a string or behind a backslash.
  std::size_t end_of_logical_line(std::size_t at) const {
    int depth = 0;
    while (at < text_.size()) {
      const char c = text_[at];
      if (c == '#') {
        at = std::min(text_.find('\n', at), text_.size());
        continue;
      }
      if (c == '"' || c == '\'') {
        at = end_of_string(at);
        continue;
      }
      if (c == '(' || c == '[' || c == '{') ++depth;
      if (c == ')' || c == ']' || c == '}') depth = std::max(0, depth - 1);
      if (c == '\\') ++at;
      if (c == '\n' && depth == 0) return at + 1;
      ++at;
    }
    return text_.size();
  }

  PythonStatement import_statement(std::size_t begin, std::size_t end) const {
    PythonStatement statement;
    statement.span = {begin, end};
    std::size_t at = begin;
    const auto word = [&]() -> std::string_view {
      while (at < end && (text_[at] == ' ' || text_[at] == '\t' || text_[at] == '(' || text_[at] == ',' ||
                          text_[at] == '\n' || text_[at] == '\r' || text_[at] == '\\')) {
        ++at;
      }
      const std::size_t from = at;
      while (at < end && (is_word_byte(text_[at]) || text_[at] == '.' || text_[at] == '*')) ++at;
      return text_.substr(from, at - from);
    };
    std::string module;
    if (word() == "from") {
      module = word();
      if (word() != "import") return statement;
    }
    while (at < end) {
      const std::size_t before = at;
      const std::string_view name = word();
      if (name.empty()) {
        if (text_[std::min(at, text_.size() - 1)] == '#') at = std::min(text_.find('\n', at), end);
        if (at == before || at >= end || text_[at] == ')' || text_[at] == ';') break;
        continue;
      }
      PythonImport import;
      import.module = module;
      import.name = name;
      import.bound = name;
      std::size_t stop = at;
      const std::size_t name_begin = at - name.size();
      if (word() == "as") {
        import.bound = word();
        stop = at;
      } else {
        at = stop;
        // `import a.b` binds `a`.
        if (module.empty()) import.bound = import.name.substr(0, import.name.find('.'));
      }
      import.span = {name_begin, stop};
      statement.imports.push_back(std::move(import));
    }
    return statement;
  }

  std::string_view text_;
  PythonHead head_;
};

}  // namespace

PythonHead python_head(std::string_view text) {
  return Reader(text).read();
}

bool python_defines(std::string_view text, std::string_view name) {
  for (const std::size_t at : find_words(text, name)) {
    const std::size_t line = text.rfind('\n', at) == std::string_view::npos ? 0 : text.rfind('\n', at) + 1;
    const std::string_view before = text.substr(line, at - line);
    if (before == "def " || before == "class " || before == "async def ") return true;
    if (!before.empty()) continue;
    std::string_view after = text.substr(at + name.size());
    while (after.starts_with(' ')) after.remove_prefix(1);
    if (after.starts_with(':') || (after.starts_with('=') && !after.starts_with("=="))) return true;
  }
  return false;
}

}  // namespace autofix::repair

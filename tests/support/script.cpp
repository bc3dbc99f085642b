#include "tests/support/script.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace autofix::test {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

enum class Below { nothing, text, titles, problems };

/// What a step looks like. `arguments` in their order; in brackets those that may be missing. An option that
/// ends with a blank has a value.
struct Shape {
  const char* name;
  Verb verb;
  const char* arguments;
  std::vector<std::string> options = {};
  Below below = Below::nothing;
  std::vector<std::string> words = {};  ///< the only ones that WORD may be
};

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> kShapes = {
      {"initialize", Verb::initialize, "[JSON]", {"without "}},
      {"open", Verb::open, "PATH", {"as "}, Below::text},
      {"change", Verb::change, "PATH [RANGE]", {}, Below::text},
      {"close", Verb::close, "PATH"},
      {"write", Verb::write, "PATH", {}, Below::text},
      {"remove", Verb::remove, "PATH"},
      {"diagnostics", Verb::diagnostics, "PATH", {"forwarded"}, Below::problems},
      {"actions", Verb::actions, "PATH RANGE", {"only ", "automatic"}, Below::titles},
      {"choose", Verb::choose, "TEXT"},
      {"fix", Verb::fix, "PATH RANGE"},
      {"request", Verb::request, "WORD [JSON]"},
      {"notify", Verb::notify, "WORD [JSON]"},
      {"cancel", Verb::cancel, "", {"progress"}},
      {"edits", Verb::edits, "WORD", {}, Below::nothing, {"applied", "refused", "ignored"}},
      {"answer", Verb::answer, "TEXT"},
      {"configuration", Verb::configuration, "JSON"},
      {"release", Verb::release, "WORD", {}, Below::nothing, {"gemini", "groq"}},
      {"expect capabilities", Verb::expect_capabilities, "JSON"},
      {"expect result", Verb::expect_result, "JSON"},
      {"expect error", Verb::expect_error, "WORD [TEXT]"},
      {"expect edit", Verb::expect_edit, "[JSON]"},
      {"expect message",
       Verb::expect_message,
       "WORD [TEXT]",
       {},
       Below::titles,
       {"error", "warning", "info"}},
      {"expect session", Verb::expect_session, "WORD"},
      {"expect progress",
       Verb::expect_progress,
       "WORD [TEXT]",
       {},
       Below::nothing,
       {"begin", "report", "end"}},
      {"expect diagnostics", Verb::expect_diagnostics, "PATH", {}, Below::problems},
      {"expect document", Verb::expect_document, "PATH", {}, Below::text},
      {"expect asked", Verb::expect_asked, "WORD", {}, Below::nothing, {"gemini", "groq"}},
      {"expect notification", Verb::expect_notification, "WORD [JSON]"},
      {"expect request", Verb::expect_request, "WORD [JSON]"},
      {"expect no notification", Verb::expect_no_notification, "WORD"},
      {"expect no request", Verb::expect_no_request, "WORD"},
  };
  return kShapes;
}

[[noreturn]] void refuse(const std::string& why) {
  throw std::runtime_error(why);
}

std::string stripped(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Takes the first word off.
std::string next_word(std::string& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  std::string word = rest.substr(0, end);
  rest = stripped(rest.substr(end));
  return word;
}

bool starts_with_step(const std::string& line, const std::string& name) {
  return line == name || line.starts_with(name + " ");
}

const Shape& shape_of(const std::string& line) {
  for (const Shape& shape : shapes()) {
    if (starts_with_step(line, shape.name)) return shape;
  }
  refuse("no such step: " + line);
}

void read_options(Step& step, const Shape& shape, std::string& rest) {
  for (bool found = true; found;) {
    found = false;
    for (const std::string& option : shape.options) {
      const std::string name = stripped(option);
      if (!starts_with_step(rest, name)) continue;
      next_word(rest);
      const std::string value = option.ends_with(' ') ? next_word(rest) : "";
      if (option.ends_with(' ') && value.empty()) refuse("nothing follows `" + name + "`");
      step.options.emplace_back(name, value);
      found = true;
    }
  }
}

ordered_json read_json(const std::string& text) {
  ordered_json value = ordered_json::parse(text, nullptr, false);
  if (value.is_discarded()) refuse("no JSON: " + text);
  return value;
}

/// True when the argument is there.
bool read_argument(Step& step, const Shape& shape, const std::string& kind, std::string& rest) {
  if (kind == "JSON") {
    if (!rest.starts_with('{') && !rest.starts_with('[')) return false;
    step.json = read_json(rest);
    step.head.resize(step.head.size() - rest.size());
    rest.clear();
  } else if (rest.empty()) {
    return false;
  } else if (kind == "TEXT") {
    step.text = std::exchange(rest, {});
  } else if (kind == "RANGE") {
    step.range = read_range(next_word(rest));
  } else if (kind == "PATH") {
    step.path = next_word(rest);
  } else {
    step.word = next_word(rest);
    if (!shape.words.empty() && std::ranges::find(shape.words, step.word) == shape.words.end())
      refuse("`" + step.word + "` is nothing that `" + shape.name + "` knows");
  }
  return true;
}

void read_below(Step& step, const Shape& shape, const std::vector<std::string>& below) {
  std::string joined;
  for (const std::string& line : below) {
    if (line.starts_with('|')) {
      if (shape.below != Below::text) refuse("text below a step that takes none");
      step.text_below = step.text_below.value_or("") + line.substr(1) + "\n";
    } else if (shape.below == Below::titles) {
      step.lines.push_back(stripped(line));
    } else if (shape.below == Below::problems) {
      step.problems.push_back(read_problem(stripped(line)));
    } else {
      joined += line + "\n";
    }
  }
  if (joined.empty()) return;
  if (shape.below == Below::text) refuse("lines of a text begin with `|`: " + joined);
  if (step.json || std::string(shape.arguments).find("JSON") == std::string::npos)
    refuse("lines below a step that takes none: " + joined);
  step.json = read_json(joined);
  step.json_below = true;
}

Step read_step(const std::string& line, const std::vector<std::string>& below) {
  const Shape& shape = shape_of(line);
  Step step;
  step.verb = shape.verb;
  step.head = line;
  std::string rest = stripped(line.substr(std::string(shape.name).size()));
  std::istringstream kinds(shape.arguments);
  std::vector<std::string> missing;
  for (std::string kind; kinds >> kind;) {
    const bool optional = kind.starts_with('[');
    if (kind.find("JSON") != std::string::npos) read_options(step, shape, rest);
    const std::string bare = optional ? kind.substr(1, kind.size() - 2) : kind;
    if (!read_argument(step, shape, bare, rest) && !optional) missing.push_back(bare);
  }
  read_options(step, shape, rest);
  step.head = stripped(step.head);
  read_below(step, shape, below);
  if (step.json) std::erase(missing, "JSON");
  if (!missing.empty()) refuse(std::string("`") + shape.name + "` needs " + missing.front());
  if (!rest.empty()) refuse(std::string("`") + shape.name + "` does not take: " + rest);
  const bool needs_text = step.verb == Verb::change || step.verb == Verb::write;
  if (needs_text && !step.text_below) refuse(std::string("`") + shape.name + "` needs a text below it");
  return step;
}

bool asks(const Step& step) {
  return step.verb == Verb::request || step.verb == Verb::choose || step.verb == Verb::fix;
}

/// Only what needs no server may stand before its start.
void check_start(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    if (step.verb == Verb::initialize) return;
    const bool early = step.verb == Verb::write || step.verb == Verb::configuration ||
                       step.verb == Verb::answer || step.verb == Verb::edits;
    if (!early) refuse("line " + std::to_string(step.line) + ": `initialize` has to come first");
  }
  refuse("the script has no `initialize`");
}

/// Every reply has to be wanted, so that no error passes unseen.
void check_replies(const std::vector<Step>& steps) {
  std::vector<int> open;
  for (const Step& step : steps) {
    if (asks(step)) open.push_back(step.line);
    if (step.verb != Verb::expect_result && step.verb != Verb::expect_error) continue;
    if (open.empty()) refuse("line " + std::to_string(step.line) + ": every reply was expected already");
    open.erase(open.begin());
  }
  if (!open.empty())
    refuse("line " + std::to_string(open.front()) + ": no `expect result` or `expect error` follows");
}

}  // namespace

bool Step::has(const std::string& name) const {
  return option(name).has_value();
}

std::optional<std::string> Step::option(const std::string& name) const {
  for (const auto& [known, value] : options) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::vector<Step> read_script(const std::string& text, int first_line) {
  std::vector<std::pair<int, std::string>> lines;
  std::istringstream in(text);
  std::string line;
  for (int number = first_line; std::getline(in, line); ++number) {
    const std::string bare = stripped(line);
    if (!bare.empty() && !bare.starts_with('#')) lines.emplace_back(number, line);
  }
  std::vector<Step> steps;
  for (std::size_t at = 0; at < lines.size();) {
    const auto& [number, head] = lines[at++];
    std::vector<std::string> below;
    int last = number;
    for (; at < lines.size() && lines[at].second.starts_with(' '); ++at) {
      const std::string& inner = lines[at].second;
      below.push_back(inner.substr(inner.find_first_not_of(' ')));
      last = lines[at].first;
    }
    try {
      if (head.starts_with(' ')) refuse("an indented line without a step: " + head);
      steps.push_back(read_step(stripped(head), below));
    } catch (const std::exception& fault) {
      refuse("line " + std::to_string(number) + ": " + fault.what());
    }
    steps.back().line = number;
    steps.back().last_line = last;
  }
  check_start(steps);
  check_replies(steps);
  return steps;
}

}  // namespace autofix::test

// JUnit XML as pytest, unittest-xml-reporting, surefire, Gradle, Ant, gotestsum, jest-junit, Vitest, Mocha,
// node:test, Catch2, GoogleTest, ctest, nextest and others write it.
#include <algorithm>
#include <pugixml.hpp>

#include "server/problems/console_run.h"
#include "server/problems/failure_text.h"
#include "server/problems/go_test.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"
#include "server/problems/xml_report.h"

namespace autofix::problems {
namespace {

constexpr int kMaxDepth = 64;

/// What a suite says about those in it, without which a test's name would not be the one that its framework
/// knows.
struct Suite {
  enum class Dialect { common, pytest, mocha, node, nextest };
  Dialect dialect = Dialect::common;
  std::string prefix;  ///< of names, for node:test, whose suites are nested
  int depth = 0;
};

Suite suite_of(const pugi::xml_node& node, const Suite& parent) {
  Suite suite = parent;
  ++suite.depth;
  const std::string_view name = node.attribute("name").value();
  if (name == "pytest") suite.dialect = Suite::Dialect::pytest;
  if (name == "Mocha Tests") suite.dialect = Suite::Dialect::mocha;
  if (name == "nextest-run") suite.dialect = Suite::Dialect::nextest;
  if (std::string_view(node.name()) == "testsuite" && suite.prefix.size() < kMostNameBytes) {
    suite.prefix += printable(name.substr(0, kMostNameBytes)) + " > ";
  }
  return suite;
}

std::string name_of(const pugi::xml_node& test, const Suite& suite) {
  const std::string class_name = printable(test.attribute("classname").value());
  const std::string name = printable(test.attribute("name").value());
  if (suite.dialect == Suite::Dialect::pytest)
    return pytest_id(class_name, name, test.attribute("file").value());
  if (suite.dialect == Suite::Dialect::nextest) return name;
  if (suite.dialect == Suite::Dialect::mocha) return class_name.empty() ? name : class_name + " " + name;
  const bool has_result = !test.attribute("result").empty();
  const bool is_catch2 = !test.attribute("status").empty() && !has_result;
  if (class_name == "test" && test.attribute("status").empty() && test.attribute("file").empty()) {
    return suite.prefix + name;  // node:test
  }
  // jest-junit repeats the groups in both, Vitest has the file as class, ctest the name.
  if (is_catch2 || class_name.empty() || is_script(class_name) || name.starts_with(class_name)) {
    return std::string(trimmed(name));
  }
  return class_name + "." + name;
}

class JunitReader {
 public:
  ReadReport read(const pugi::xml_node& root) {
    suite(root, suite_of(root, {}));
    if (!error_.empty()) return tl::unexpected(ReadError{error_});
    return std::move(report_);
  }

 private:
  void suite(const pugi::xml_node& node, const Suite& here) {
    if (here.depth > kMaxDepth) {
      error_ = "the report's suites are nested deeper than 64 levels";
      return;
    }
    for (const pugi::xml_node& child : node.children()) {
      const std::string_view name = child.name();
      if (name == "testsuite" || name == "testsuites") suite(child, suite_of(child, here));
      if (name == "testcase") test_case(child, here);
    }
  }

  /// A test has failed where it has a failure or an error. Surefire's flakyFailure belongs to one that passed
  /// when it was run again, its rerunFailure repeats a failure.
  void test_case(const pugi::xml_node& node, const Suite& here) {
    const pugi::xml_node skipped = node.child("skipped");
    const bool failed = node.child("failure") || node.child("error");
    const std::string_view status = node.attribute("status").value();
    std::string name = name_of(node, here);
    Outcome outcome = failed ? Outcome::failed : Outcome::passed;
    if (skipped || status == "notrun" || status == "disabled") outcome = Outcome::skipped;
    if (skipped && is_expected_failure(skipped)) outcome = Outcome::passed;
    if (outcome == Outcome::failed) {
      for (const pugi::xml_node& child : node.children()) {
        const std::string_view kind = child.name();
        if (kind == "failure" || kind == "error") failure(node, child, name);
      }
    }
    add_test(report_, std::move(name), outcome);
  }

  /// Failed, as was said of it before: pytest, unittest-xml-reporting, Catch2.
  static bool is_expected_failure(const pugi::xml_node& skipped) {
    const std::string_view type = skipped.attribute("type").value();
    const std::string_view message = skipped.attribute("message").value();
    return type == "pytest.xfail" || type == "XFAIL" || message == "TEST_CASE tagged with !mayfail";
  }

  void failure(const pugi::xml_node& test, const pugi::xml_node& failure, const std::string& name) {
    Problem problem = failure_named(name, "junit");
    problem.test->class_name = printable(test.attribute("classname").value());
    std::string text = failure.text().get();
    problem.message = printable(failure.attribute("message").value());
    if (problem.message == "Failed" || problem.message == "collection failure") problem.message.clear();
    if (trimmed(text).empty()) {
      // ctest leaves the failure empty and everything in the output.
      for (const char* stream : {"system-out", "system-err"}) text += test.child(stream).text().get();
      text = printable(text);
      if (problem.message.empty()) explain_by_output(text, problem);
    } else if (contains(text, "=== RUN   ") && problem.message.empty()) {
      const Problem of_go = go_failure(name, text);
      problem.message = of_go.message;
      problem.path = of_go.path;
      problem.range = of_go.range;
    } else if (!test.attribute("result").empty()) {
      // GoogleTest's message begins with its place.
      problem.message.erase(0, problem.message.find('\n') + 1);
      read_google_comparison(problem.message, *problem.test);
    }
    if (problem.message.empty()) problem.message = message_in(text);
    if (problem.message.empty()) problem.message = printable(failure.attribute("type").value());
    if (Problem* added = add_failure(report_, std::move(problem), text)) take_place(test, failure, *added);
  }

  static std::string message_in(std::string_view text) {
    if (std::string line = exception_line(text); !line.empty()) return printable(line);
    for (const std::string_view line : lines_of(text)) {
      const std::string_view words = trimmed(line);
      if (!words.empty() && words != "FAILED:" && !words.starts_with("=== ") && !words.starts_with("--- "))
        return printable(words);
    }
    return {};
  }

  /// Where the text names no file, the attributes that some writers have.
  static void take_place(const pugi::xml_node& test, const pugi::xml_node& failure, Problem& problem) {
    if (!problem.path.empty()) return;
    for (const pugi::xml_node& node : {failure, test}) {
      const char* file = node.attribute("file").value();
      if (*file == '\0') continue;
      problem.path = printable(file);
      // xunit1 of pytest counts from zero, everyone else from one; the line above is near enough.
      problem.range = line_start(node.attribute("line").as_uint(0));
      return;
    }
  }

  TestReport report_;
  std::string error_;
};

}  // namespace

std::string pytest_id(std::string_view class_name, std::string_view name, std::string_view file) {
  if (class_name.empty()) {  // a module that could not be imported
    std::string path(name);
    std::ranges::replace(path, '.', '/');
    return path + ".py";
  }
  std::size_t module_end = class_name.size();
  std::string path(file);
  if (path.empty()) {
    // A class begins with a capital, and no module does that pytest would collect.
    for (std::size_t at = 0; at < class_name.size(); at = class_name.find('.', at) + 1) {
      if (at > 0 && class_name[at] >= 'A' && class_name[at] <= 'Z') {
        module_end = at - 1;
        break;
      }
      if (class_name.find('.', at) == std::string_view::npos) break;
    }
    path = class_name.substr(0, module_end);
    std::ranges::replace(path, '.', '/');
    path += ".py";
  } else {
    std::string module = path.ends_with(".py") ? path.substr(0, path.size() - 3) : path;
    std::ranges::replace(module, '/', '.');
    if (class_name == module || class_name.starts_with(module + ".")) module_end = module.size();
  }
  std::string id = std::move(path);
  std::string_view rest = class_name.substr(module_end);
  while (take_prefix(rest, ".")) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    id += "::" + std::string(rest.substr(0, dot));
    rest.remove_prefix(dot);
  }
  return id + "::" + std::string(name);
}

ReadReport read_junit(std::string_view xml) {
  if (xml.size() > kMaxReportBytes) return tl::unexpected(ReadError{"the report is larger than 64 MiB"});
  pugi::xml_document document;
  const pugi::xml_parse_result parsed =
      document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_doctype);
  if (!parsed) {
    return tl::unexpected(
        ReadError{"the report is not well-formed XML: " + std::string(parsed.description()) + " at byte " +
                  std::to_string(parsed.offset)});
  }
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) {
      return tl::unexpected(ReadError{"the report declares a document type, which is never read"});
    }
  }
  const pugi::xml_node root = document.document_element();
  const std::string_view name = root.name();
  if (name == "Catch" || name == "Catch2TestRun") return read_catch2_xml(root);
  if (name == "testsuites" || name == "testsuite") return JunitReader().read(root);
  return tl::unexpected(
      ReadError{"this is no JUnit report: its root is <" + printable(name).substr(0, 60) + ">"});
}

}  // namespace autofix::problems

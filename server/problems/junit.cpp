// JUnit XML as pytest, ctest, Catch2, Jest, Maven and others write it.
#include <pugixml.hpp>

#include "server/problems/failure_text.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMostProblems = 10'000;

class JunitReader {
 public:
  Read read(const pugi::xml_node& root) {
    const std::string_view name = root.name();
    if (name != "testsuites" && name != "testsuite") {
      return tl::unexpected(
          ReadError{"this is no JUnit report: its root is <" + printable(name).substr(0, 60) + ">"});
    }
    suite(root, 0);
    if (!error_.empty()) return tl::unexpected(ReadError{error_});
    return std::move(problems_);
  }

 private:
  void suite(const pugi::xml_node& node, int depth) {
    if (depth > kMaxDepth) {
      error_ = "the report's suites are nested deeper than 64 levels";
      return;
    }
    for (const pugi::xml_node& child : node.children()) {
      const std::string_view name = child.name();
      if (name == "testsuite" || name == "testsuites") suite(child, depth + 1);
      if (name == "testcase") test_case(child);
    }
  }

  void test_case(const pugi::xml_node& node) {
    for (const pugi::xml_node& child : node.children()) {
      const std::string_view name = child.name();
      if ((name == "failure" || name == "error") && problems_.size() < kMostProblems) failure(node, child);
    }
  }

  void failure(const pugi::xml_node& test, const pugi::xml_node& failure) {
    Problem problem;
    problem.kind = ProblemKind::test_failure;
    problem.source = "junit";
    problem.test.emplace();
    problem.test->class_name = printable(test.attribute("classname").value());
    std::string text = failure.text().get();
    problem.message = printable(failure.attribute("message").value());
    // ctest leaves the failure empty and everything in the output.
    if (trimmed(text).empty()) {
      for (const char* stream : {"system-out", "system-err"}) text += test.child(stream).text().get();
    }
    if (problem.message.empty()) problem.message = message_in(text);
    if (problem.message.empty()) problem.message = printable(failure.attribute("type").value());
    if (problem.message.empty()) problem.message = "the test fails";
    read_failure_text(text, problem);
    take_place(test, failure, problem);
    problem.test->name =
        test_id(problem.test->class_name, printable(test.attribute("name").value()), problem.test->stack);
    problem.code = problem.test->name;
    problems_.push_back(std::move(problem));
  }

  static std::string message_in(std::string_view text) {
    if (std::string line = exception_line(text); !line.empty()) return printable(line);
    for (const std::string_view line : lines_of(text)) {
      if (!trimmed(line).empty() && trimmed(line) != "FAILED:") return printable(trimmed(line));
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

  Problems problems_;
  std::string error_;
};

}  // namespace

Read read_junit(std::string_view xml) {
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
  return JunitReader().read(document.document_element());
}

}  // namespace autofix::problems

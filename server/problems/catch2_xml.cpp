// Catch2's `-r xml`.
#include <pugixml.hpp>
#include <vector>

#include "server/problems/console_run.h"
#include "server/problems/failure_text.h"
#include "server/problems/text_scan.h"
#include "server/problems/xml_report.h"

namespace autofix::problems {
namespace {

/// Sections nest; deeper ones than these are not looked into.
constexpr std::size_t kMostSections = 64;

std::string text_of(const pugi::xml_node& node, const char* child) {
  return printable(trimmed(node.child(child).text().get()));
}

void add_place(const pugi::xml_node& node, Problem problem, TestReport& report) {
  problem.path = printable(node.attribute("filename").value());
  problem.range = line_start(node.attribute("line").as_uint(0));
  add_failure(report, std::move(problem), {});
}

void read_failure(const pugi::xml_node& node, const std::string& test, TestReport& report) {
  const std::string_view kind = node.name();
  Problem problem = failure_named(test, "catch2");
  if (kind == "Expression") {
    if (std::string_view(node.attribute("success").value()) == "true") return;
    problem.message = text_of(node, "Original");
    read_equation(text_of(node, "Expanded"), *problem.test);
    add_place(node, std::move(problem), report);
  } else if (kind == "Exception" || kind == "Failure" || kind == "FatalErrorCondition") {
    problem.message = printable(trimmed(node.text().get()));
    add_place(node, std::move(problem), report);
  }
}

void read_test_case(const pugi::xml_node& node, TestReport& report) {
  const std::string name = printable(node.attribute("name").value());
  const pugi::xml_node result = node.child("OverallResult");
  const bool skipped = result.attribute("skips").as_uint(0) > 0;
  // Without a result the program ended inside of this test.
  const bool failed = std::string_view(result.attribute("success").value()) != "true";
  add_test(report, name, failed ? Outcome::failed : skipped ? Outcome::skipped : Outcome::passed);
  if (!failed) return;
  std::vector<pugi::xml_node> open{node.first_child()};
  while (!open.empty()) {
    const pugi::xml_node now = open.back();
    open.pop_back();
    if (!now) continue;
    open.push_back(now.next_sibling());
    read_failure(now, name, report);
    if (std::string_view(now.name()) == "Section" && open.size() < kMostSections)
      open.push_back(now.first_child());
  }
}

}  // namespace

ReadReport read_catch2_xml(const pugi::xml_node& root) {
  TestReport report;
  for (const pugi::xml_node& child : root.children()) {
    const std::string_view name = child.name();
    if (name == "TestCase") read_test_case(child, report);
    if (name != "Group") continue;  // version 2
    for (const pugi::xml_node& test : child.children("TestCase")) read_test_case(test, report);
  }
  return report;
}

}  // namespace autofix::problems

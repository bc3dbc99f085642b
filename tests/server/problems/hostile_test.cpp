// Reports that nobody means well with: one error each or exact counts, in memory that the input bounds.
#include <filesystem>
#include <set>

#include "server/problems/readers.h"
#include "tests/server/problems/fixtures_by_name.h"

namespace autofix::problems {
namespace {

std::string repeated(const std::string& part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t n = 0; n < times; ++n) text += part;
  return text;
}

void check_error(const std::string& content) {
  INFO(content.substr(0, 80));
  const ReadReport read = read_test_report(content);
  REQUIRE(!read);
  CHECK(!read.error().message.empty());
  CHECK(read.error().message.find('\n') == std::string::npos);
}

TEST_CASE("a million tests: exact counts, a bounded list of names") {
  constexpr std::size_t kMany = 1'000'000;
  const std::string one = "<testcase name=\"t\"/>";
  const ReadReport xml = read_test_report("<testsuite>" + repeated(one, kMany) + "</testsuite>");
  REQUIRE(xml);
  CHECK(xml->passed == static_cast<int>(kMany));
  CHECK(xml->tests.size() == 200'000);
  const ReadReport tap = read_test_report("1..250000\n" + repeated("ok\n", 250'000));
  REQUIRE(tap);
  CHECK(tap->passed == 250'000);
  CHECK(tap->tests.size() == 200'000);
  const TestReport cargo = read_output("running 9 tests\n" + repeated("test a ... ok\n", 250'000) +
                                           "\ntest result: ok. 250000 passed; 0 failed; 0 ignored\n",
                                       0);
  CHECK(cargo.passed == 250'000);
}

TEST_CASE("deep, huge and strange values are one error") {
  check_error(repeated("<testsuite>", 100) + repeated("</testsuite>", 100));
  check_error(repeated("<testsuite>", 100'000));
  check_error("{\"testResults\":" + repeated("[", 300) + repeated("]", 300) + "}");
  check_error("{\"testResults\":" + repeated("[", 1'000'000));
  check_error("{\"testResults\":5}");
  check_error("{\"testResults\":[5]}");
  check_error("{\"testResults\":[{\"assertionResults\":[{\"title\":\"x\",\"status\":7}]}]}");
  check_error(
      "{\"testResults\":[{\"assertionResults\":[{\"status\":\"failed\",\"location\":{\"line\":-1}}]}]}");
  check_error(
      "{\"testResults\":[{\"assertionResults\":[{\"status\":\"failed\",\"location\":{\"line\":1e400}}]}]}");
  check_error("{\"stats\":{},\"failures\":[{\"fullTitle\":[]}]}");
  check_error("{\"testsuites\":[{\"testsuite\":[{\"failures\":{}}]}]}");
  check_error("{\"Action\":\"run\",\"Package\":\"p\"}\n{\"Action\":");
  check_error("{\"Action\":[],\"Package\":\"p\"}\n");
  check_error("{}");
  check_error("[]");
  check_error(std::string("{\"a\0\":1}", 9));
  check_error("<!DOCTYPE x [<!ENTITY a \"b\">]><testsuite/>");
  check_error(std::string(4, '\0'));
  check_error("\xff\xfe\xff");
}

TEST_CASE("numbers of any size in a summary do not wrap") {
  for (const std::string& line :
       {std::string("Tests:       99999999999999999999 failed, 1 total\n"),
        std::string("99999999999999999999% tests passed, 99999999999999999999 tests failed out of 3\n"),
        std::string("DONE 1 tests, 99999999999999999999 skipped, 99999999999999999999 failures in 1s\n"),
        std::string(
            "Ran 1 test in 0s\n\nFAILED (failures=99999999999999999999, errors=99999999999999999999)\n"),
        std::string("1..99999999999999999999\nok 1\n")}) {
    INFO(line);
    const TestReport report = read_output(repeated(line, 50), 1);
    CHECK(report.passed >= 0);
    CHECK(report.failed >= 0);
    CHECK(report.skipped >= 0);
  }
}

TEST_CASE("a long title over many subtests stays a bounded name") {
  const std::string title(100'000, 'x');
  const ReadReport tap = read_tap("1..1\n" + repeated("    ok\n", 100'000) + "ok 1 - " + title + "\n");
  REQUIRE(tap);
  CHECK(tap->passed == 100'000);
  std::size_t bytes = 0;
  for (const TestCase& test : tap->tests) bytes += test.name.size();
  CHECK(bytes <= 100'000 * 1'000);
}

/// Every reader on every prefix. Only that it ends, and what it says of the whole is what is checked
/// elsewhere.
void read_in_every_way(std::string_view text) {
  for (const ReadReport& report : {read_test_report(text), read_tap(text), read_junit(text)}) {
    if (report) {
      CHECK(report->passed + report->failed + report->skipped >= static_cast<int>(report->tests.size()));
    } else {
      CHECK(!report.error().message.empty());
    }
  }
  const TestReport output = read_output(text, 1);
  CHECK(output.failed >= 0);
  (void)read_diagnostics(text);
}

TEST_CASE("recorded reports cut anywhere are read or refused, never worse") {
  std::size_t files = 0;
  for (const char* folder : {"runs", "reports", "diagnostics"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string("tests/server/problems/fixtures/") + folder)) {
      const std::string whole = fixture(std::string(folder) + "/" + entry.path().filename().string());
      INFO(entry.path());
      ++files;
      for (std::size_t size = files % 149; size < whole.size(); size += 149) {
        read_in_every_way(std::string_view(whole).substr(0, size));
      }
    }
  }
  CHECK(files > 80);
}

TEST_CASE("recorded reports with a byte changed are read or refused, never worse") {
  for (const char* folder : {"runs", "reports", "diagnostics"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string("tests/server/problems/fixtures/") + folder)) {
      std::string text = fixture(std::string(folder) + "/" + entry.path().filename().string());
      INFO(entry.path());
      for (std::size_t at = 7; at < text.size(); at += 1'201) {
        const char before = text[at];
        for (const char other : {'\0', '\n', '\xff', '<', '9'}) {
          text[at] = other;
          read_in_every_way(text);
        }
        text[at] = before;
      }
    }
  }
}

}  // namespace
}  // namespace autofix::problems

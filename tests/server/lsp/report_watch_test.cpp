// The thread that watches reports, with a pace that tests can wait for.
#include "server/lsp/report_watch.h"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "tests/support/catch.h"
#include "tests/support/child_process.h"

namespace autofix::lsp {
namespace {

using std::chrono::milliseconds;

std::string failing(const std::string& name) {
  return "<testsuites><testsuite name=\"s\"><testcase name=\"" + name +
         "\"><failure message=\"boom\">code.py:1: in f</failure></testcase></testsuite></testsuites>";
}

/// Takes what is found on the watching thread and lets the test wait for it.
class Finder {
 public:
  explicit Finder(const ReportPace& pace)
      : watch(pace, [this](FoundReports found) {
          const std::lock_guard lock(mutex_);
          all_.push_back(std::move(found));
          changed_.notify_all();
        }) {
    project.write("code.py", "f()\n");
  }

  struct Hit {
    FoundReports found;
    ReportContent report;
  };
  /// The next report found since the last call that `wanted` accepts; throws when none comes.
  Hit wait(const std::function<bool(const ReportContent&)>& wanted) {
    std::unique_lock lock(mutex_);
    std::optional<Hit> hit;
    changed_.wait_for(lock, std::chrono::seconds(30), [&] {
      for (; !hit && next_ < all_.size(); ++next_) {
        const auto report = std::ranges::find_if(all_[next_].reports, wanted);
        if (report != all_[next_].reports.end()) hit = {all_[next_], *report};
      }
      return hit.has_value();
    });
    if (!hit) throw std::runtime_error("nothing of the kind was found");
    return *hit;
  }
  Hit wait_for_failure(const std::string& name) {
    return wait([&](const ReportContent& report) { return report.failed.contains(name); });
  }
  Hit wait_for(ReportContent::State state) {
    return wait([&](const ReportContent& report) { return report.state == state; });
  }
  WatchedFolder folder(bool poll, int generation = 1) const {
    return {project.path().string(), generation, {"**/junit*.xml"}, poll};
  }

  test::TempFolder project;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<FoundReports> all_;
  std::size_t next_ = 0;

 public:
  ReportWatch watch;
};

constexpr ReportPace kQuick{milliseconds(2), milliseconds(2)};
/// Within a test's life nothing is looked at a second time by itself.
constexpr ReportPace kNever{std::chrono::hours(1), std::chrono::hours(1)};

TEST_CASE("a client that agreed to watch and says nothing is stood in for, too") {
  Finder finder(kQuick);
  finder.watch.watch(finder.folder(false));
  finder.project.write("junit.xml", failing("first"));
  finder.wait_for_failure("first");
  finder.project.write("junit.xml", failing("another"));
  finder.wait_for_failure("another");
  std::filesystem::remove(finder.project.path() / "junit.xml");
  finder.wait_for(ReportContent::State::gone);
}

TEST_CASE("polling sees reports that come, change and go") {
  Finder finder(kQuick);
  finder.project.write("junit.xml", failing("first"));
  finder.watch.watch(finder.folder(true, 7));
  const Finder::Hit start = finder.wait_for_failure("first");
  CHECK(start.found.at_start);
  CHECK(start.found.generation == 7);
  CHECK(start.found.root == finder.project.path().string());
  CHECK(start.report.path == "junit.xml");
  CHECK(start.report.failures.at(0).path == (finder.project.path() / "code.py").string());
  CHECK(start.report.failures.at(0).line == "f()");
  finder.project.write("junit.xml", failing("other"));  // of the same size, and perhaps in the same tick
  CHECK(!finder.wait_for_failure("other").found.at_start);
  std::filesystem::create_directories(finder.project.path() / "build/deep");
  finder.project.write("build/deep/junit-2.xml", failing("second"));
  CHECK(finder.wait_for_failure("second").report.path == "build/deep/junit-2.xml");
  std::filesystem::remove_all(finder.project.path() / "build");
  CHECK(finder.wait_for(ReportContent::State::gone).report.path == "build/deep/junit-2.xml");
}

TEST_CASE("a half-written report is told and read again when it changes") {
  Finder finder(kQuick);
  finder.watch.watch(finder.folder(true));
  finder.project.write("junit.xml", "<testsuites><testsu");
  const Finder::Hit broken = finder.wait_for(ReportContent::State::unreadable);
  CHECK(broken.report.error.find("junit.xml") != std::string::npos);
  finder.project.write("junit.xml", failing("whole"));
  finder.wait_for_failure("whole");
}

TEST_CASE("where the client watches, only what it names is read, and what is known to have changed") {
  Finder finder(kNever);
  finder.project.write("junit-1.xml", failing("one"));
  finder.watch.watch(finder.folder(false));
  finder.wait_for_failure("one");
  finder.project.write("junit-2.xml", failing("unnamed"));
  finder.project.write("junit-3.xml", failing("named"));
  finder.watch.look(finder.project.path().string(), {"junit-3.xml"});
  CHECK(finder.wait_for_failure("named").found.reports.size() == 1);
  std::filesystem::remove(finder.project.path() / "junit-1.xml");
  finder.watch.look(finder.project.path().string(), {"junit-2.xml"});
  const Finder::Hit gone = finder.wait_for(ReportContent::State::gone);
  CHECK(gone.report.path == "junit-1.xml");
  REQUIRE(gone.found.reports.size() == 2);
  CHECK(gone.found.reports[0].failed == std::set<std::string>{"unnamed"});
}

TEST_CASE("a folder that is watched anew begins anew, one that is not is not looked at") {
  Finder finder(kNever);
  const std::string root = finder.project.path().string();
  finder.project.write("junit.xml", failing("one"));
  finder.watch.watch(finder.folder(false, 1));
  finder.wait_for_failure("one");
  finder.watch.unwatch(root);
  finder.watch.look(root, {"junit.xml"});
  finder.watch.watch(finder.folder(false, 2));
  const Finder::Hit again = finder.wait_for_failure("one");
  CHECK(again.found.at_start);
  CHECK(again.found.generation == 2);
}

TEST_CASE("the number of reports is bounded, also where the client names them") {
  Finder finder(kNever);
  std::vector<std::string> names;
  for (int number = 0; number < 250; ++number) {
    names.push_back("junit-" + std::to_string(number) + ".xml");
    finder.project.write(names.back(), failing("t" + std::to_string(number)));
  }
  finder.watch.watch(finder.folder(false));
  CHECK(finder.wait_for(ReportContent::State::read).found.reports.size() == 200);
  finder.watch.look(finder.project.path().string(), names);
  CHECK(finder.wait_for(ReportContent::State::read).found.reports.size() == 200);
}

}  // namespace
}  // namespace autofix::lsp

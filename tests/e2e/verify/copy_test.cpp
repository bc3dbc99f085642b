// Without isolation: a plain copy of a trusted project, which proves something only when the command is seen
// to read it; and nothing at all of a project that is not trusted.
#include <filesystem>
#include <sys/stat.h>

#include "tests/e2e/verify/python_shop.h"
#include "tests/support/catch.h"

namespace autofix::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const json kPlainCopy = {{"verify", {{"sandbox", "copy"}}}};

/// Every entry with its mode, size and time of change.
std::string listing(const Rig& rig) {
  std::map<std::string, std::string> lines;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(rig.project())) {
    struct stat status {};
    lstat(entry.path().c_str(), &status);
    lines[entry.path().string()] = std::to_string(status.st_mode) + " " + std::to_string(status.st_size) +
                                   " " + std::to_string(status.st_mtim.tv_sec) + "." +
                                   std::to_string(status.st_mtim.tv_nsec);
  }
  std::string all;
  for (const auto& [path, line] : lines) all += path + " " + line + "\n";
  return all;
}

TEST_CASE("a plain copy of a trusted project proves what reads it") {
  const Rig rig(python_shop(), answers({shop_fix("    return 6\n"), right_shop_fix()}), json::array(),
                kPlainCopy);
  const std::string before = listing(rig);
  const Fixed fixed = fix(rig, {"--run", kPytest, "--trust"});
  INFO(fixed.ran.out << fixed.ran.err);
  CHECK(fixed.result.at("status") == "verified");
  CHECK(fixed.result.at("verification").at("sandbox") == "copy");
  CHECK(fixed.trail() == std::vector<std::string>{"gemini failed_verification", "gemini ok"});
  CHECK(fixed.counts() == kShopCounts);
  CHECK(listing(rig) == before);
  CHECK(rig.left_in_tmp().empty());
}

TEST_CASE("a command that goes by the project's absolute path proves nothing in a plain copy") {
  const Rig rig(python_shop(), answers({right_shop_fix()}), json::array(), kPlainCopy);
  const std::string before = listing(rig);
  const Fixed fixed = fix(rig, {"--run", "cd " + rig.project().string() + " && " + kPytest, "--trust"});
  INFO(fixed.ran.out << fixed.ran.err);
  CHECK(fixed.result.at("status") == "unverified");
  CHECK(fixed.result.at("reason") == "no_canary");
  CHECK(fixed.result.at("verification").at("state") == "not_run");
  CHECK(listing(rig) == before);
  CHECK(rig.left_in_tmp().empty());
}

TEST_CASE("the same command is a proof in layers over the project's own path") {
  if (!can_isolate()) return;
  const Rig rig(python_shop(), answers({shop_fix("    return 6\n"), right_shop_fix()}), json::array());
  const std::string before = listing(rig);
  const Fixed fixed = fix(rig, {"--run", "cd " + rig.project().string() + " && " + kPytest});
  INFO(fixed.ran.out << fixed.ran.err);
  CHECK(fixed.result.at("status") == "verified");
  CHECK(fixed.result.at("verification").at("sandbox") == "isolated");
  CHECK(fixed.counts() == kShopCounts);
  CHECK(listing(rig) == before);
  check_nothing_left(rig);
}

TEST_CASE("nothing of a project runs that is not trusted") {
  // Importing anything of it would leave a trace, since a plain copy hides nothing.
  const auto traced = [](const Rig& rig) {
    rig.write("conftest.py", "open('" + (rig.outside() / "trace").string() + "', 'w').close()\n");
  };
  Rig rig(python_shop(), answers({right_shop_fix()}), json::array(), kPlainCopy);
  const std::string report = (rig.outside() / "report.xml").string();
  run_tool(rig, {"/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", report},
           1);
  traced(rig);
  rig.write(".autofix.json", json({{"verify", {{"commands", {kPytest}}}}}).dump());
  const std::string before = listing(rig);
  SECTION("a report: it is fixed, and nothing is run") {
    const Fixed fixed = fix(rig, {"--tests", report});
    INFO(fixed.ran.out << fixed.ran.err);
    CHECK(fixed.result.at("status") == "unverified");
    CHECK(fixed.result.at("reason") == "untrusted");
    CHECK(fixed.result.at("verification").at("sandbox") == "none");
    CHECK_FALSE(fs::exists(rig.outside() / "trace"));
  }
  SECTION("a typed command, which cannot be isolated: refused before anything runs") {
    const Fixed fixed = fix(rig, {"--run", kPytest});
    CHECK(fixed.ran.exit_code == 2);
    CHECK(fixed.result.at("status") == "error");
    CHECK(fixed.result.at("reason") == "untrusted");
    CHECK_FALSE(fs::exists(rig.outside() / "trace"));
    CHECK(rig.gemini->requests().empty());
  }
  SECTION("trusted: the trace is there, so it would have been seen") {
    const Fixed fixed = fix(rig, {"--tests", report, "--trust"});
    INFO(fixed.ran.out << fixed.ran.err);
    CHECK(fixed.result.at("status") == "verified");
    CHECK(fs::exists(rig.outside() / "trace"));
  }
  CHECK(listing(rig) == before);
}

}  // namespace
}  // namespace autofix::test

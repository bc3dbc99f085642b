// A real project and its real tools for each of five languages, on the command line: what fails is reported
// as the tool reports it, the model answers wrong and then right, and only what is proven gets out.
#include <fstream>

#include "tests/e2e/verify/python_shop.h"
#include "tests/e2e/verify/typescript_shop.h"
#include "tests/support/catch.h"

namespace autofix::test {
namespace {

using nlohmann::json;

std::string save(const Rig& rig, const std::string& name, const std::string& bytes) {
  const std::string path = (rig.outside() / name).string();
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST_CASE("Python: pytest's report") {
  if (!can_isolate() || !is_installed("/usr/bin/pytest", "python3-pytest")) return;
  const Rig rig(python_shop(), answers({shop_fix("    return result * discount\n"), right_shop_fix()}),
                json::array());
  const std::string report = (rig.outside() / "report.xml").string();
  run_tool(rig, {"/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", report},
           1);
  check_second_is_proven(rig, {"--tests", report, "--trust"}, kShopCounts, "40 == 6");
}

TEST_CASE("Python: pytest, typed") {
  if (!can_isolate()) return;
  const Rig rig(python_shop(), answers({shop_fix("    return result * discount\n"), right_shop_fix()}),
                json::array());
  check_second_is_proven(rig, {"--run", kPytest}, kShopCounts, "40 == 6");
}

constexpr const char* kCmakeLists =
    "cmake_minimum_required(VERSION 3.20)\nproject(shop CXX)\nset(CMAKE_CXX_STANDARD 17)\n"
    "enable_testing()\nfind_package(Catch2 REQUIRED)\ninclude(Catch)\n"
    "add_library(shop STATIC src/total.cpp)\ntarget_include_directories(shop PUBLIC src)\n"
    "add_executable(total_test tests/total_test.cpp)\n"
    "target_link_libraries(total_test shop Catch2::Catch2 ${CATCH_MAIN})\n"
    "catch_discover_tests(total_test)\n";

constexpr const char* kTotalTestCpp =
    "#include <catch2/catch.hpp>\n\n#include \"total.h\"\n\n"
    "TEST_CASE(\"adds prices\") {\n  CHECK(total({2, 3}, 0) == 5);\n}\n\n"
    "TEST_CASE(\"nothing costs nothing\") {\n  CHECK(total({}, 0) == 0);\n}\n\n"
    "TEST_CASE(\"takes the discount off\") {\n  CHECK(total({10}, 4) == 6);\n}\n";

Files cpp_shop() {
  return {{"CMakeLists.txt", kCmakeLists},
          {"src/total.h",
           "#pragma once\n#include <vector>\n\n"
           "int total(const std::vector<int>& prices, int discount);\n"},
          {"src/total.cpp",
           "#include \"total.h\"\n\nint total(const std::vector<int>& prices, int discount) {\n"
           "  int result = 0;\n  for (int price : prices) result += price;\n"
           "  return result + discount;\n}\n"},
          {"tests/total_test.cpp", kTotalTestCpp}};
}

std::string cpp_fix(const std::string& line) {
  return "The discount.\n\n" + block("src/total.cpp", "  return result + discount;\n", line);
}

TEST_CASE("C++: a build tree with its absolute paths, Catch2's tests by ctest", "[once]") {
  if (!can_isolate() || !is_installed("/usr/bin/cmake", "cmake") ||
      !is_installed("/usr/bin/ninja", "ninja-build"))
    return;
  const Rig rig(cpp_shop(),
                answers({cpp_fix("  return result * discount;  // a_wrong_idea\n"),
                         cpp_fix("  return result - discount;\n")}),
                json::array());
  run_tool(rig,
           {"/usr/bin/cmake", "-S", rig.project(), "-B", rig.project() / "build", "-G", "Ninja",
            std::string("-DCATCH_MAIN=") + CATCH_MAIN},
           0);
  run_tool(rig, {"/usr/bin/cmake", "--build", "build"}, 0);
  const std::string report = (rig.outside() / "report.xml").string();
  run_tool(rig, {"/usr/bin/ctest", "--test-dir", "build", "--output-junit", report}, 8);
  check_second_is_proven(rig, {"--tests", report, "--trust"}, kShopCounts, "40 == 6");
}

TEST_CASE("TypeScript: what tsc says", "[once][typescript]") {
  if (!can_isolate() || !has_node_tools()) return;
  const Rig rig(typescript_shop(), answers({wrong_label_fix(), right_label_fix()}), json::array());
  link_node_tools(rig);
  const Ran tsc =
      run_tool(rig, {rig.project() / "node_modules/.bin/tsc", "--noEmit", "--pretty", "false"}, 2);
  check_second_is_proven(rig, {"--diagnostics", save(rig, "tsc.txt", tsc.out), "--trust"},
                         "failed 1, passed 0 -> failed 0, passed 1", "TS2339");
}

TEST_CASE("TypeScript: vitest's report", "[once][typescript]") {
  if (!can_isolate() || !has_node_tools()) return;
  const Rig rig(typescript_shop(), answers({wrong_price_fix(), right_price_fix()}), json::array());
  link_node_tools(rig);
  const std::string report = (rig.outside() / "report.xml").string();
  run_tool(rig,
           {rig.project() / "node_modules/.bin/vitest", "run", "--reporter=junit", "--outputFile=" + report},
           1);
  check_second_is_proven(rig, {"--tests", report, "--trust"}, kShopCounts, "expected 40 to be 6");
}

TEST_CASE("Rust: cargo test, offline", "[once]") {
  if (!can_isolate() || !is_installed("/usr/bin/cargo", "cargo")) return;
  const std::string code =
      "pub fn total(prices: &[i32], discount: i32) -> i32 {\n    let sum: i32 = prices.iter().sum();\n"
      "    sum + discount\n}\n\n#[cfg(test)]\nmod tests {\n    use super::total;\n\n"
      "    #[test]\n    fn adds_prices() {\n        assert_eq!(total(&[2, 3], 0), 5);\n    }\n\n"
      "    #[test]\n    fn nothing_costs_nothing() {\n        assert_eq!(total(&[], 0), 0);\n    }\n\n"
      "    #[test]\n    fn takes_the_discount_off() {\n        assert_eq!(total(&[10], 4), 6);\n    }\n}\n";
  const auto cargo_fix = [](const std::string& line) {
    return "The discount.\n\n" + block("src/lib.rs", "    sum + discount\n", line);
  };
  const Rig rig(
      {{"Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"},
       {"src/lib.rs", code}},
      answers({cargo_fix("    sum * discount // a_wrong_idea\n"), cargo_fix("    sum - discount\n")}),
      json::array());
  run_tool(rig, {"/usr/bin/cargo", "test", "--offline", "--quiet"}, 101);
  check_second_is_proven(rig, {"--run", "/usr/bin/cargo test --offline"}, kShopCounts, "left: `40`");
}

TEST_CASE("shell: what shellcheck says") {
  if (!can_isolate() || !is_installed("/usr/bin/shellcheck", "shellcheck")) return;
  const auto shell_fix = [](const std::string& line) {
    return "A typo.\n\n" + block("deploy.sh", "cp app.tar \"$taget\"\n", line);
  };
  const Rig rig(
      {{"deploy.sh", "#!/bin/sh\nset -eu\ntarget=$1\ncp app.tar \"$taget\"\n"}},
      answers({shell_fix("cp app.tar \"$taregt\" # a_wrong_idea\n"), shell_fix("cp app.tar \"$target\"\n")}),
      json::array());
  check_second_is_proven(rig, {"--run", "/usr/bin/shellcheck --color=never -f gcc deploy.sh"},
                         "failed 2, passed 0 -> failed 0, passed 1", "taregt is referenced");
}

}  // namespace
}  // namespace autofix::test

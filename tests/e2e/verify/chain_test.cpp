// What a failed verification means for the chain, and when nothing is called proven although it looks so.
#include "tests/e2e/verify/gate.h"
#include "tests/e2e/verify/python_shop.h"
#include "tests/support/catch.h"

namespace autofix::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;
using Trail = std::vector<std::string>;

const std::string kWrongFix = shop_fix("    return result * discount\n");

std::string report_of_pytest(const Rig& rig) {
  const std::string report = (rig.outside() / "report.xml").string();
  run_tool(rig, {"/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", report},
           1);
  return report;
}

TEST_CASE("when all rounds of one link fail verification, the next link is asked") {
  if (!can_isolate()) return;
  const Rig rig(python_shop(), answers({kWrongFix, shop_fix("    return 6\n")}),
                answers({kWrongFix, right_shop_fix()}));
  const Fixed fixed = fix(rig, {"--run", kPytest});
  INFO(fixed.ran.out << fixed.ran.err);
  CHECK(fixed.result.at("status") == "verified");
  CHECK(fixed.result.at("provider") == "groq");
  CHECK(fixed.trail() == Trail{"gemini failed_verification", "gemini failed_verification",
                               "groq failed_verification", "groq ok"});
  CHECK_THAT(fixed.ran.err, Contains("Gemini failed verification, trying Groq fallback"));
  CHECK_THAT(fixed.ran.out + fixed.ran.err, !Contains(kWrongMark));
  check_nothing_left(rig);
}

TEST_CASE("when nobody has a fix that holds, the best one is shown as rejected and never applied") {
  if (!can_isolate()) return;
  const Rig rig(python_shop(),
                answers({shop_fix("    return 6\n"), shop_fix("    return result - 2 * discount\n")}),
                json::array());
  const Files before = rig.project_files();
  const Fixed fixed = fix(rig, {"--run", kPytest, "--apply"});
  INFO(fixed.ran.out << fixed.ran.err);
  CHECK(fixed.ran.exit_code == 4);
  CHECK(fixed.result.at("status") == "rejected");
  CHECK(fixed.result.at("applied") == false);
  CHECK(fixed.result.at("reason") == "failed_verification");
  CHECK(fixed.result.at("verification").at("state") == "failed");
  CHECK(fixed.result.at("edit").at("documentChanges").empty());
  CHECK_THAT(fixed.result.at("diff").get<std::string>(), Contains("result - 2 * discount"));
  CHECK(rig.project_files() == before);
  check_nothing_left(rig);
}

TEST_CASE("what cannot be reproduced is never called verified") {
  if (!can_isolate()) return;
  const Rig rig(
      python_shop(),
      answers({"Shorter.\n\n" + block("shop/total.py", "    result = 0\n", "    result = 0 + 0\n")}),
      json::array());
  const std::string report = report_of_pytest(rig);
  // Somebody mends it before the model is asked.
  std::string mended = kTotal;
  mended.replace(mended.find("result + discount"), 17, "result-discount");
  rig.write("shop/total.py", mended);
  const Fixed fixed = fix(rig, {"--tests", report, "--trust"});
  INFO(fixed.ran.out << fixed.ran.err);
  CHECK(fixed.ran.exit_code == 0);
  CHECK(fixed.result.at("status") == "unverified");
  CHECK(fixed.result.at("reason") == "not_reproduced");
  CHECK(fixed.result.at("verification").at("state") == "not_run");
  check_nothing_left(rig);
}

/// A test that fails or passes as the next byte of the gate says.
Files fickle_shop(const Gate& gate) {
  Files files = python_shop();
  files["tests/test_total.py"] =
      "from shop.total import total\n\n\ndef test_sum():\n    assert total([2, 3]) == 5\n\n\n"
      "def test_fickle():\n    with open('" +
      gate.path() +
      "', 'rb', buffering=0) as turns:\n        turn = turns.read(1)\n"
      "    assert turn == b'p', total([1])\n";
  return files;
}

TEST_CASE("a test that fails now and then proves nothing") {
  if (!can_isolate() || !has_gates()) return;
  // However many looks there is time for: once it fails, then it passes without any change.
  Gate gate;
  gate.fill("f" + std::string(60, 'p'));
  const Rig rig(fickle_shop(gate), answers({shop_fix("    return result - discount\n")}), json::array());
  const Fixed fixed = fix(rig, {"--run", kPytest});
  INFO(fixed.ran.out << fixed.ran.err);
  CHECK(fixed.result.at("status") == "no_fix");
  CHECK(fixed.result.at("applied") == false);
  CHECK(fixed.result.at("reason") == "flaky");
  check_nothing_left(rig);
}

TEST_CASE("verify.mode says whether anything is run and whether it must be") {
  if (!can_isolate()) return;
  const auto with_mode = [](const std::string& mode, const std::string& reply) {
    return Rig(python_shop(), answers({reply}), json::array(), {{"verify", {{"mode", mode}}}});
  };
  SECTION("off: nothing is proven") {
    const Rig rig = with_mode("off", kWrongFix);
    const Fixed fixed = fix(rig, {"--tests", report_of_pytest(rig), "--trust"});
    CHECK(fixed.ran.exit_code == 0);
    CHECK(fixed.result.at("status") == "unverified");
    CHECK(fixed.result.at("verification").at("state") == "not_run");
    CHECK(fixed.result.at("verification").at("sandbox") == "none");
  }
  SECTION("required: without a way to prove it, nobody is asked") {
    const Rig rig = with_mode("required", right_shop_fix());
    const Fixed fixed = fix(rig, {"--tests", report_of_pytest(rig)});
    CHECK(fixed.ran.exit_code == 4);
    CHECK(fixed.result.at("status") == "rejected");
    CHECK(fixed.result.at("reason") == "untrusted");
    CHECK(rig.gemini->requests().empty());
  }
  SECTION("required, and proven") {
    const Rig rig = with_mode("required", right_shop_fix());
    const Fixed fixed = fix(rig, {"--tests", report_of_pytest(rig), "--trust"});
    INFO(fixed.ran.out << fixed.ran.err);
    CHECK(fixed.result.at("status") == "verified");
  }
  SECTION("auto: without a way to prove it, it is unverified") {
    const Rig rig = with_mode("auto", right_shop_fix());
    const Fixed fixed = fix(rig, {"--tests", report_of_pytest(rig)});
    CHECK(fixed.ran.exit_code == 0);
    CHECK(fixed.result.at("status") == "unverified");
    CHECK(fixed.result.at("reason") == "untrusted");
    CHECK(fixed.result.at("verification").at("sandbox") == "none");
  }
}

}  // namespace
}  // namespace autofix::test

#include "server/fix/redact.h"

#include "tests/support/catch.h"

namespace autofix::fix {
namespace {

const std::string kKey = "canary/key+with=odd~chars-0123456789";

}  // namespace

TEST_CASE("the process's own keys never stay, in any encoding, even with redaction off") {
  for (const bool enabled : {true, false}) {
    Redactor redactor(enabled, {kKey});
    const std::string forms[] = {kKey, "canary%2Fkey%2Bwith%3Dodd~chars-0123456789",
                                 "canary\\/key+with=odd~chars-0123456789",
                                 "Y2FuYXJ5L2tleSt3aXRoPW9kZH5jaGFycy0wMTIzNDU2Nzg5"};
    for (const std::string& form : forms) {
      const std::string text = "a = '" + form + "'";
      const std::string redacted = redactor.redact(text);
      INFO(redacted);
      CHECK(redacted.find(form) == std::string::npos);
      CHECK(redactor.restore(redacted) == text);
    }
  }
}

TEST_CASE("what looks like a vendor's key becomes a placeholder") {
  const std::string secrets[] = {"AIza" + std::string(35, 'x'), "gsk_" + std::string(40, 'a'),
                                 "ghp_" + std::string(36, 'b'), "AKIA" + std::string(16, 'Q'),
                                 "-----BEGIN RSA PRIVATE KEY-----\nabc\ndef\n-----END RSA PRIVATE KEY-----"};
  for (const std::string& secret : secrets) {
    Redactor redactor(true, {});
    const std::string redacted = redactor.redact("k = " + secret + "\nrest");
    CHECK(redacted == "k = AUTOFIX_REDACTED_1_\nrest");
    CHECK(redactor.restore(redacted) == "k = " + secret + "\nrest");
    CHECK(Redactor(false, {}).redact(secret) == secret);
  }
}

TEST_CASE("ordinary words stay") {
  Redactor redactor(true, {"short"});
  for (const char* text : {"ask-me-anything-please-right-now", "task_id = AIza", "short",
                           "-----BEGIN CERTIFICATE-----", "hf_x", "----- a heading -----"}) {
    CHECK(redactor.redact(text) == text);
  }
}

TEST_CASE("a placeholder that was never made is refused; the bare words are not") {
  Redactor redactor(true, {kKey});
  redactor.redact(kKey);
  CHECK(redactor.restore("AUTOFIX_REDACTED_1_ AUTOFIX_REDACTED_").value() == kKey + " AUTOFIX_REDACTED_");
  CHECK_FALSE(redactor.restore("AUTOFIX_REDACTED_2_").has_value());

  Reply reply;
  ReplyEdit edit;
  edit.search = "x = AUTOFIX_REDACTED_1_";
  edit.replace = "y = AUTOFIX_REDACTED_1_";
  reply.edits = {edit};
  const auto restored = redactor.restore(reply);
  REQUIRE(restored.has_value());
  CHECK(restored->edits[0].search == "x = " + kKey);
  CHECK(restored->edits[0].replace == "y = " + kKey);
}

}  // namespace autofix::fix

// Redaction is undone exactly, and leaves no key behind.
#include "server/fix/redact.h"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  if (text.find("AUTOFIX_REDACTED_") != std::string::npos) return 0;
  const std::string key = "canary-key-0123456789";
  autofix::fix::Redactor redactor(true, {key});
  const std::string redacted = redactor.redact(text);
  if (redacted.find(key) != std::string::npos) std::abort();
  const auto restored = redactor.restore(redacted);
  if (!restored || *restored != text) std::abort();
  return 0;
}

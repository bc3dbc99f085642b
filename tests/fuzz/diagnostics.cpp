// Any bytes as `--diagnostics FILE`: SARIF, JSON diagnostics, compiler text.
#include <cstdint>
#include <string_view>

#include "server/problems/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  static_cast<void>(autofix::problems::read_diagnostics(text));
  static_cast<void>(autofix::problems::read_sarif(text));
  static_cast<void>(autofix::problems::read_compiler_text(text));
  return 0;
}

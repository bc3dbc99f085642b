// Any bytes as what a command printed.
#include <cstdint>
#include <string_view>

#include "server/problems/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static_cast<void>(
      autofix::problems::read_run_output({reinterpret_cast<const char*>(bytes), size}, 1, "pytest -q"));
  return 0;
}

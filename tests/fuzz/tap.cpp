// Any bytes as TAP.
#include <cstdint>
#include <string_view>

#include "server/problems/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static_cast<void>(autofix::problems::read_tap({reinterpret_cast<const char*>(bytes), size}));
  return 0;
}

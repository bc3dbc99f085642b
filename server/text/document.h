// An immutable snapshot of one text, as an editor or the disk has it. Bytes are kept as they came: no line
// ending, byte-order mark or final newline is ever normalised.
#pragma once

#include <cstdint>
#include <string>

namespace autofix::text {

struct Document {
  std::string uri;
  std::string language_id;
  std::int64_t version = 0;
  std::string text;
};

}  // namespace autofix::text

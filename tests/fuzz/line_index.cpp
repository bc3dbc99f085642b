// An index kept in step with edits equals one built anew, and edits between two texts rebuild the second.
#include "server/text/line_index.h"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/text/edit.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace autofix::text;
  if (size < 3) return 0;
  const std::string all(reinterpret_cast<const char*>(bytes + 2), size - 2);
  std::string before = all.substr(0, all.size() / 2);
  const std::string inserted = all.substr(all.size() / 2);
  const std::size_t begin = before.empty() ? 0 : bytes[0] % (before.size() + 1);
  const std::size_t end = begin + bytes[1] % (before.size() - begin + 1);
  LineIndex index(before);
  std::string after = before;
  after.replace(begin, end - begin, inserted);
  index.replace(after, {begin, end}, inserted);
  const LineIndex fresh(after);
  if (index.line_count() != fresh.line_count()) std::abort();
  for (std::size_t line = 0; line < fresh.line_count(); ++line) {
    if (!(index.line(after, line) == fresh.line(after, line))) std::abort();
  }
  if (apply_edits(before, minimal_edits(before, after)) != after) std::abort();
  return 0;
}

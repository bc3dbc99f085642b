// Any bytes as a model's reply, located in any bytes as a file: never a crash, and what is located stays
// inside the file.
#include "server/fix/reply.h"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/fix/locate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  const std::size_t split = input.find("\n%%\n");
  const std::string file = split == std::string::npos ? input : input.substr(0, split);
  const std::string text = split == std::string::npos ? input : input.substr(split + 4);
  const auto reply = autofix::fix::parse_reply(text, {"a.py"});
  if (!reply) return 0;
  for (const auto& edit : reply->edits) {
    if (const auto located = autofix::fix::locate_edit(file, edit)) {
      if (located->span.begin > located->span.end || located->span.end > file.size()) std::abort();
    }
  }
  const auto files = autofix::fix::make_memory_files({{"a.py", file}});
  if (const auto patch = autofix::fix::locate(*reply, *files)) {
    for (const auto& change : patch->files) {
      if (change.kind != autofix::fix::ChangeKind::modify) continue;
      if (autofix::text::apply_edits(change.before, change.edits) != change.after) std::abort();
    }
  }
  return 0;
}

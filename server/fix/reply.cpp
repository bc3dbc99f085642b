#include "server/fix/reply.h"

#include <algorithm>

#include "server/fix/reply_text.h"

namespace autofix::fix {
namespace {

constexpr std::size_t kMaxReplyBytes = std::size_t{8} << 20;
constexpr std::size_t kMostEdits = 500;

bool same(const ReplyEdit& a, const ReplyEdit& b) {
  return a.path == b.path && a.kind == b.kind && a.search == b.search && a.replace == b.replace &&
         a.new_path == b.new_path && a.line_hint == b.line_hint && a.section_hint == b.section_hint;
}

tl::expected<Reply, ReplyError> finished(tl::expected<Reply, ReplyError> reply, std::string_view text) {
  if (!reply) return reply;
  // Models repeat themselves: the same block twice is one wish.
  std::vector<ReplyEdit> edits;
  for (ReplyEdit& edit : reply->edits) {
    if (std::ranges::none_of(edits, [&](const ReplyEdit& known) { return same(known, edit); })) {
      edits.push_back(std::move(edit));
    }
  }
  reply->edits = std::move(edits);
  if (reply->edits.empty()) return tl::unexpected(ReplyError{"the reply holds no edit"});
  if (reply->edits.size() > kMostEdits)
    return tl::unexpected(ReplyError{"the reply holds more than 500 edits"});
  if (reply->summary.empty()) reply->summary = first_sentence(text);
  return reply;
}

}  // namespace

tl::expected<Reply, ReplyError> parse_reply(std::string_view text,
                                            const std::vector<std::string>& whole_paths) {
  if (trimmed_text(text).empty()) return tl::unexpected(ReplyError{"the reply was empty"});
  if (text.size() > kMaxReplyBytes) return tl::unexpected(ReplyError{"the reply is larger than 8 MiB"});
  for (const auto parse : {parse_blocks, parse_begin_patch, parse_json_edits, parse_unified_diff}) {
    if (ParsedForm parsed = parse(text)) return finished(std::move(*parsed), text);
  }
  if (ParsedForm parsed = parse_whole_file(text, whole_paths)) return finished(std::move(*parsed), text);
  return tl::unexpected(ReplyError{
      "the reply holds no edit: neither SEARCH/REPLACE blocks nor JSON edits nor a diff were found in it"});
}

}  // namespace autofix::fix

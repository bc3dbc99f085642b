// What a model wrote, read into edits that are not located yet. Takes whatever comes: SEARCH/REPLACE blocks,
// JSON, unified diff, `*** Begin Patch`, a whole fenced file (CONTRACT.md, "Reply formats"). One .cpp per
// format.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace autofix::fix {

enum class ReplyForm { blocks, json, unified_diff, begin_patch, whole_file };

struct ReplyEdit {
  /// exact_text is whole_file byte for byte, from a source that read the file's bytes itself.
  enum class Kind { replace, create, remove, rename, whole_file, exact_text };
  std::string path;  ///< as the model spelled it, unquoted; checked later
  Kind kind = Kind::replace;
  std::string search;    ///< replace: text to find; empty together with an empty or missing file means create
  std::string replace;   ///< replace, create, whole_file, exact_text: the new text
  std::string new_path;  ///< rename
  std::optional<std::size_t> line_hint;  ///< zero-based line where a diff said it would be; a hint only
  std::string section_hint;              ///< `@@ def f():` of an Update section: a line at or above the place
  bool at_end_of_file = false;           ///< `*** End of File`
};

struct Reply {
  ReplyForm form = ReplyForm::blocks;
  std::string summary;  ///< first sentence of the prose around the edits, or JSON's analysis; may be empty
  std::vector<ReplyEdit> edits;
};

/// Why a reply is no set of edits, in words that are fit to be sent back to the model.
struct ReplyError {
  std::string message;
};

/// `whole_paths`: files that the model was given whole, so that a lone fence may replace one of them.
tl::expected<Reply, ReplyError> parse_reply(std::string_view text,
                                            const std::vector<std::string>& whole_paths = {});

// The formats, in the order parse_reply tries them. Each: nullopt when the text is not of its form at all, an
// error when it is but is broken (cut inside an edit, a marker missing).
using ParsedForm = std::optional<tl::expected<Reply, ReplyError>>;
ParsedForm parse_blocks(std::string_view text);
ParsedForm parse_begin_patch(std::string_view text);
ParsedForm parse_json_edits(std::string_view text);
ParsedForm parse_unified_diff(std::string_view text);
ParsedForm parse_whole_file(std::string_view text, const std::vector<std::string>& whole_paths);

}  // namespace autofix::fix

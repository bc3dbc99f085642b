// Words, quoted names and comments in source texts, as far as the rules need them. No parser.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/text/position.h"

namespace autofix::repair {

bool is_word_byte(char c);

/// Letters, digits, `_` and bytes above ASCII, not beginning with a digit.
bool is_identifier(std::string_view text);

/// Begin of every place where `word` stands alone, not as part of a longer word.
std::vector<std::size_t> find_words(std::string_view text, std::string_view word);

/// The names a tool put into '…', "…", `…` or ‘…’, in order.
std::vector<std::string_view> quoted_names(std::string_view message);

/// The name quoted right behind `marker`; empty when there is none.
std::string_view name_after(std::string_view message, std::string_view marker);

/// True for each byte of `text` that is neither in a comment nor in a string, for languages with C's comments
/// and quotes.
std::vector<bool> code_bytes(std::string_view text);

/// The text's line ending.
std::string_view ending_of(std::string_view text);

/// `/`-separated folder of a path, without the last slash; empty for the root.
std::string_view folder_of(std::string_view path);
/// The file's name without folder and last extension.
std::string_view stem_of(std::string_view path);

}  // namespace autofix::repair

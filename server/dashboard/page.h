// The page's files, as the build put them into the program.
#pragma once

#include <string_view>

namespace autofix::dashboard {

/// `{{token}}` in the document is the place of the token.
extern const std::string_view kDocument;
extern const std::string_view kStyle;
extern const std::string_view kScript;

}  // namespace autofix::dashboard

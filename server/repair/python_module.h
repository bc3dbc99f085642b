// The head of a Python file: its imports as written at the top level, and where one more belongs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/text/position.h"

namespace autofix::repair {

/// One name that an import statement binds.
struct PythonImport {
  std::string module;   ///< `from MODULE import …`; empty for `import x`
  std::string name;     ///< what is imported: `x`, `a.b`
  std::string bound;    ///< the name it gets in this file
  text::ByteSpan span;  ///< of the name in the statement, with `as …`
};

struct PythonStatement {
  text::ByteSpan span;  ///< with its line ending
  std::vector<PythonImport> imports;
};

struct PythonHead {
  std::vector<PythonStatement> imports;  ///< top level only, in order
  /// Behind shebang, comments, docstring and `from __future__`: where the first other import goes.
  std::size_t first_place = 0;
  bool docstring = false;
};

PythonHead python_head(std::string_view text);

/// The names a module defines at its top level: def, class, assignment.
bool python_defines(std::string_view text, std::string_view name);

}  // namespace autofix::repair

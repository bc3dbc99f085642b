// XML test reports beside JUnit's, for junit.cpp, which reads the document and tells them apart.
#pragma once

#include <string>
#include <string_view>

#include "server/problems/readers.h"

namespace pugi {
class xml_node;
}

namespace autofix::problems {

/// Catch2's own reporter (`-r xml`), versions 2 and 3.
ReadReport read_catch2_xml(const pugi::xml_node& root);

/// `tests/test_x.py::TestGroup::test_y`, as pytest selects it, from the class name `tests.test_x.TestGroup`.
/// `file` is what its older dialect says, else empty.
std::string pytest_id(std::string_view class_name, std::string_view name, std::string_view file);

}  // namespace autofix::problems

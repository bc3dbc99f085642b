#include <map>

#include "server/fix/fix_request.h"
#include "server/repair/offline_source.h"
#include "tests/support/catch.h"

namespace autofix::repair {
namespace {

using Files = std::map<std::string, std::string, std::less<>>;

problems::Problem problem_at(const std::string& path, std::uint32_t line, std::uint32_t column,
                             const std::string& message, const std::string& code = {}) {
  problems::Problem problem;
  problem.path = path;
  problem.range = {{line - 1, column - 1}, {line - 1, column - 1}};
  problem.message = message;
  problem.code = code;
  return problem;
}

tl::expected<fix::Proposal, providers::ProviderError> proposed(const Files& files,
                                                               std::vector<problems::Problem> problems) {
  fix::FixRequest request;
  request.files = fix::make_memory_files(files, "/project");
  request.problems = std::move(problems);
  return make_offline_source()->propose({}, request, {});
}

/// The text of the one file that is changed; "refused" when nothing is.
std::string repaired(const Files& files, const problems::Problem& problem) {
  const auto proposal = proposed(files, {problem});
  if (!proposal) {
    CHECK(proposal.error().kind == providers::ErrorKind::refused);
    return "refused";
  }
  REQUIRE(proposal->reply.edits.size() == 1);
  CHECK(proposal->reply.edits[0].kind == fix::ReplyEdit::Kind::exact_text);
  CHECK(!proposal->reply.summary.empty());
  CHECK(!proposal->model.empty());
  return proposal->reply.edits[0].replace;
}

TEST_CASE("a name that the compiler knows better") {
  const std::string c = "int main() {\n  return lenght + 1;\n}\n";
  const std::string want = "int main() {\n  return length + 1;\n}\n";
  // g++ 12, clang 14, tsc 5, rustc 1.63.
  CHECK(repaired({{"a.cpp", c}},
                 problem_at("a.cpp", 2, 10,
                            "‘lenght’ was not declared in this scope; did you mean ‘length’?")) == want);
  CHECK(repaired({{"a.cpp", c}},
                 problem_at("a.cpp", 2, 10,
                            "use of undeclared identifier 'lenght'; did you mean 'length'?")) == want);
  CHECK(repaired({{"a.ts", c}},
                 problem_at("a.ts", 2, 10, "Cannot find name 'lenght'. Did you mean 'length'?")) == want);
  problems::Problem rust = problem_at("a.rs", 2, 10, "cannot find value `lenght` in this scope");
  rust.related.push_back({"a.rs", {}, "a local variable with a similar name exists: `length`"});
  CHECK(repaired({{"a.rs", c}}, rust) == want);
}

TEST_CASE("a member that the compiler knows better") {
  CHECK(repaired(
            {{"a.cpp", "p.lenght();\n"}},
            problem_at("a.cpp", 1, 3, "no member named 'lenght' in 'std::string'; did you mean 'length'?")) ==
        "p.length();\n");
  CHECK(repaired({{"a.cpp", "p.y;\n"}},
                 problem_at("a.cpp", 1, 3, "‘struct Point’ has no member named ‘y’; did you mean ‘x’?")) ==
        "p.x;\n");
  CHECK(repaired({{"a.cpp", "auto v = vector<int>();\n"}},
                 problem_at("a.cpp", 1, 10,
                            "use of undeclared identifier 'vector'; did you mean 'std::vector'?")) ==
        "auto v = std::vector<int>();\n");
}

TEST_CASE("the name at the place is meant, not another one on the line") {
  CHECK(repaired({{"a.cpp", "x = foo + bar(foo);\n"}},
                 problem_at("a.cpp", 1, 15, "use of undeclared identifier 'foo'; did you mean 'fop'?")) ==
        "x = foo + bar(fop);\n");
  // Only a line is known, and it stands there twice.
  CHECK(repaired({{"a.py", "x = foo + foo\n"}},
                 problem_at("a.py", 1, 1, "NameError: name 'foo' is not defined. Did you mean: 'fop'?")) ==
        "refused");
}

TEST_CASE("of the names in a message the misspelt one is meant") {
  CHECK(repaired({{"a.py", "x = os.pth.join(a)\n"}},
                 problem_at("a.py", 1, 1,
                            "AttributeError: module 'os' has no attribute 'pth'. Did you mean: 'path'?")) ==
        "x = os.path.join(a)\n");
  CHECK(repaired({{"a.ts", "task.titel\n"}},
                 problem_at("a.ts", 1, 6,
                            "Property 'titel' does not exist on type 'Task'. Did you mean 'title'?")) ==
        "task.title\n");
  CHECK(repaired({{"a.py", "aaa = bbb\n"}},
                 problem_at("a.py", 1, 1, "'aaa' or 'bbb'? did you mean 'ccc'?")) == "refused");
}

TEST_CASE("a suggestion that is no name is not taken") {
  CHECK(repaired({{"a.cpp", "x = 1;\n"}},
                 problem_at("a.cpp", 1, 1, "did you mean to declare 'x' in a for loop?")) == "refused");
  CHECK(repaired({{"a.cpp", "if (x = 1) {}\n"}},
                 problem_at("a.cpp", 1, 5, "using 'x' as a condition; did you mean 'x == 1'?")) == "refused");
}

TEST_CASE("dot and arrow") {
  CHECK(repaired({{"a.cpp", "return p.x;\n"}},
                 problem_at("a.cpp", 1, 9,
                            "member reference type 'P *' is a pointer; did you mean to use '->'?")) ==
        "return p->x;\n");
  CHECK(repaired({{"a.cpp", "return p->x;\n"}},
                 problem_at("a.cpp", 1, 9,
                            "member reference type 'P' is not a pointer; did you mean to use '.'?")) ==
        "return p.x;\n");
  CHECK(repaired({{"a.cpp", "return p.x;\n"}},
                 problem_at("a.cpp", 1, 10,
                            "request for member ‘x’ in ‘p’, which is of pointer type ‘P*’ (maybe you "
                            "meant to use ‘->’ ?)")) == "return p->x;\n");
}

TEST_CASE("a semicolon where only one place is left for it") {
  const std::string text = "int f() {\n  int a = 1  // one\n  return a;\n}\n";
  const std::string want = "int f() {\n  int a = 1;  // one\n  return a;\n}\n";
  CHECK(repaired({{"a.cpp", text}}, problem_at("a.cpp", 3, 3, "expected ‘,’ or ‘;’ before ‘return’")) ==
        want);
  CHECK(repaired({{"a.cpp", text}}, problem_at("a.cpp", 2, 12, "expected ';' at end of declaration")) ==
        want);
  CHECK(repaired({{"a.c", "struct P { int x; }\nint y;\n"}},
                 problem_at("a.c", 1, 20, "expected ';' after struct")) == "struct P { int x; };\nint y;\n");
  CHECK(repaired({{"a.cpp", "int f() { return 1 }\n"}},
                 problem_at("a.cpp", 1, 19, "expected ‘;’ before ‘}’ token")) == "int f() { return 1; }\n");
  CHECK(repaired({{"a.cpp", "auto s = \"x\"\nint y;\n"}}, problem_at("a.cpp", 1, 13, "expected ';'")) ==
        "auto s = \"x\";\nint y;\n");
}

TEST_CASE("a semicolon is not put where something else may be missing") {
  CHECK(repaired({{"a.cpp", "int a = b c;\n"}}, problem_at("a.cpp", 1, 10, "expected ‘;’ before ‘c’")) ==
        "refused");
  CHECK(repaired({{"a.cpp", "int f()\n{\n}\n"}},
                 problem_at("a.cpp", 3, 2, "expected ‘;’ before ‘}’ token")) == "refused");
  CHECK(repaired({{"a.py", "x = 1\n"}}, problem_at("a.py", 1, 5, "expected ';'")) == "refused");
}

TEST_CASE("a closing parenthesis before a semicolon or a brace") {
  CHECK(repaired({{"a.cpp", "  f(a, b;\n"}}, problem_at("a.cpp", 1, 9, "expected ')'")) == "  f(a, b);\n");
  CHECK(repaired({{"a.cpp", "  if (a {\n"}}, problem_at("a.cpp", 1, 8, "expected ‘)’ before ‘{’ token")) ==
        "  if (a) {\n");
  CHECK(repaired({{"a.cpp", "  f(a b;\n"}}, problem_at("a.cpp", 1, 7, "expected ')'")) == "refused");
}

TEST_CASE("Python's colon") {
  CHECK(repaired({{"a.py", "def f(a)  # why\n    return a\n"}},
                 problem_at("a.py", 1, 9, "SyntaxError: expected ':'")) ==
        "def f(a):  # why\n    return a\n");
  CHECK(repaired({{"a.py", "x = f(1\n"}}, problem_at("a.py", 1, 8, "SyntaxError: expected ':'")) ==
        "refused");
}

TEST_CASE("a header of the standard library, in its alphabetic place") {
  const std::string text = "#include \"a.h\"\n\n#include <map>\n#include <string>\n\nstd::optional<int> x;\n";
  const std::string want =
      "#include \"a.h\"\n\n#include <map>\n#include <optional>\n#include <string>\n\nstd::optional<int> x;\n";
  CHECK(repaired({{"a.cpp", text}},
                 problem_at("a.cpp", 6, 6, "no template named 'optional' in namespace 'std'")) ==
        "refused");  // not among the phrases of a missing name that clang 14 writes
  CHECK(repaired({{"a.cpp", text}},
                 problem_at("a.cpp", 6, 6, "no member named 'optional' in namespace 'std'")) == want);
  problems::Problem gcc =
      problem_at("a.cpp", 6, 6, "‘optional’ in namespace ‘std’ does not name a template type");
  gcc.related.push_back(
      {"a.cpp",
       {},
       "‘std::optional’ is defined in header ‘<optional>’; did you forget to ‘#include <optional>’?"});
  CHECK(repaired({{"a.cpp", text}}, gcc) == want);
  CHECK(repaired({{"a.cpp", text}},
                 problem_at("a.cpp", 6, 1, "No header providing \"std::optional\" is directly included",
                            "missing-includes")) == want);
}

TEST_CASE("a header in a file that has none") {
  CHECK(repaired({{"a.cpp", "int main() { std::vector<int> v; }\n"}},
                 problem_at("a.cpp", 1, 19, "‘vector’ is not a member of ‘std’")) ==
        "#include <vector>\n\nint main() { std::vector<int> v; }\n");
  CHECK(repaired({{"a.h", "// A.\n#pragma once\n\nvoid f(uint8_t x);\n"}},
                 problem_at("a.h", 4, 8, "unknown type name 'uint8_t'")) ==
        "// A.\n#pragma once\n\n#include <cstdint>\n\nvoid f(uint8_t x);\n");
  CHECK(repaired({{"a.c", "/* A\n   file */\n\nint main(void) { printf(\"\"); }\n"}},
                 problem_at("a.c", 4, 18, "implicit declaration of function ‘printf’")) ==
        "/* A\n   file */\n\n#include <stdio.h>\n\nint main(void) { printf(\"\"); }\n");
  CHECK(repaired({{"g.h", "#ifndef G\n#define G\n\nextern uint8_t x;\n#endif\n"}},
                 problem_at("g.h", 4, 8, "unknown type name 'uint8_t'")) ==
        "#ifndef G\n#define G\n\n#include <cstdint>\n\nextern uint8_t x;\n#endif\n");
}

TEST_CASE("a header that is included already is not the problem") {
  CHECK(repaired({{"a.cpp", "#include <vector>\nstd::vector<int> v;\n"}},
                 problem_at("a.cpp", 2, 6, "‘vector’ is not a member of ‘std’")) == "refused");
  CHECK(repaired({{"a.cpp", "mine::vector<int> v;\n"}},
                 problem_at("a.cpp", 1, 7, "‘vector’ is not a member of ‘mine’")) == "refused");
}

TEST_CASE("CR LF files get CR LF lines") {
  CHECK(repaired({{"a.cpp", "#include <map>\r\nstd::vector<int> v;\r\n"}},
                 problem_at("a.cpp", 2, 6, "‘vector’ is not a member of ‘std’")) ==
        "#include <map>\r\n#include <vector>\r\nstd::vector<int> v;\r\n");
  CHECK(repaired({{"a.py", "\"\"\"A.\"\"\"\r\n\r\nprint(os.sep)\r\n"}},
                 problem_at("a.py", 3, 7, "undefined name 'os'")) ==
        "\"\"\"A.\"\"\"\r\n\r\nimport os\r\n\r\nprint(os.sep)\r\n");
}

TEST_CASE("a module of Python's standard library") {
  for (const char* message :
       {"NameError: name 'os' is not defined", "undefined name 'os'", "Undefined name `os`",
        "\"os\" is not defined", "Name \"os\" is not defined", "Undefined variable 'os'"}) {
    INFO(message);
    CHECK(repaired({{"a.py", "import json\nimport sys\n\nprint(os.sep)\n"}},
                   problem_at("a.py", 4, 7, message)) ==
          "import json\nimport os\nimport sys\n\nprint(os.sep)\n");
  }
  CHECK(repaired({{"a.py", "#!/usr/bin/env python3\n# A.\nprint(os.sep)\n"}},
                 problem_at("a.py", 3, 7, "undefined name 'os'")) ==
        "#!/usr/bin/env python3\n# A.\n\nimport os\n\nprint(os.sep)\n");
  CHECK(repaired({{"a.py", "from __future__ import annotations\n\nprint(Path('.'))\n"}},
                 problem_at("a.py", 3, 7, "undefined name 'Path'")) ==
        "from __future__ import annotations\n\nfrom pathlib import Path\n\nprint(Path('.'))\n");
}

TEST_CASE("a module of the package itself, spelled as the package spells it") {
  const std::string routes = "from datetime import date\n\n\ndef create(t):\n    return models.Task(t)\n";
  const auto problem = problem_at("app/routes.py", 5, 12, "NameError: name 'models' is not defined");
  const std::string models = "class Task:\n    pass\n";
  CHECK(repaired({{"app/__init__.py", ""}, {"app/models.py", models}, {"app/routes.py", routes}}, problem) ==
        "from datetime import date\n\nfrom . import models\n\n\ndef create(t):\n    return models.Task(t)\n");
  CHECK(
      repaired({{"app/__init__.py", ""},
                {"app/models.py", models},
                {"app/routes.py", routes},
                {"app/views.py", "from app.other import x\n"}},
               problem) ==
      "from datetime import date\n\nfrom app import models\n\n\ndef create(t):\n    return models.Task(t)\n");
  CHECK(repaired({{"app/models.py", models}, {"app/routes.py", routes}}, problem) ==
        "from datetime import date\n\nimport models\n\n\ndef create(t):\n    return models.Task(t)\n");
  // The module has not what is asked of it.
  CHECK(
      repaired({{"app/__init__.py", ""}, {"app/models.py", "class Other: pass\n"}, {"app/routes.py", routes}},
               problem) == "refused");
}

TEST_CASE("a class of the project, where exactly one module defines it") {
  const auto problem = problem_at("app/routes.py", 1, 5, "undefined name 'Task'");
  const std::string routes = "x = Task()\n";
  CHECK(
      repaired(
          {{"app/__init__.py", ""}, {"app/models.py", "class Task:\n    pass\n"}, {"app/routes.py", routes}},
          problem) == "from .models import Task\n\nx = Task()\n");
  CHECK(repaired({{"app/a.py", "class Task:\n    pass\n"},
                  {"app/b.py", "class Task:\n    pass\n"},
                  {"app/routes.py", routes}},
                 problem) == "refused");
}

TEST_CASE("an import that other files of the project write") {
  CHECK(repaired({{"a.py", "x = np.zeros(3)\n"}, {"b.py", "import numpy as np\n"}},
                 problem_at("a.py", 1, 5, "undefined name 'np'")) ==
        "import numpy as np\n\nx = np.zeros(3)\n");
  CHECK(repaired({{"a.py", "x = np.zeros(3)\n"},
                  {"b.py", "import numpy as np\n"},
                  {"c.py", "import jax.numpy as np\n"}},
                 problem_at("a.py", 1, 5, "undefined name 'np'")) == "refused");
}

TEST_CASE("a name that the file binds itself misses no import") {
  CHECK(repaired({{"a.py", "print(os.sep)\nos = 1\n"}}, problem_at("a.py", 1, 7, "undefined name 'os'")) ==
        "refused");
  CHECK(repaired({{"a.py", "def f():\n    import os\n\n\nprint(os.sep)\n"}},
                 problem_at("a.py", 5, 7, "undefined name 'os'")) == "refused");
}

TEST_CASE("a failing test is repaired where its innermost frame of the project stands") {
  problems::Problem failure = problem_at("tests/test_a.py", 5, 1, "NameError: name 'os' is not defined");
  failure.kind = problems::ProblemKind::test_failure;
  failure.test.emplace();
  failure.test->name = "tests/test_a.py::test_a";
  failure.test->stack = {{"/project/tests/test_a.py", 4, "test_a"}, {"/project/a.py", 1, "f"}};
  CHECK(repaired({{"a.py", "def f():\n    return os.sep\n"},
                  {"tests/test_a.py", "from a import f\n\n\ndef test_a():\n    assert f() == '/'\n"}},
                 failure) == "import os\n\n\ndef f():\n    return os.sep\n");
}

TEST_CASE("an export of another TypeScript file") {
  const std::string task =
      "export interface Task { title: string }\nexport const make = (t: string): Task => ({ title: t })\n";
  CHECK(repaired({{"src/a.ts", "import { x } from \"./x\"\n\nmake(x)\n"}, {"src/lib/task.ts", task}},
                 problem_at("src/a.ts", 3, 1, "Cannot find name 'make'.")) ==
        "import { x } from \"./x\"\nimport { make } from \"./lib/task\"\n\nmake(x)\n");
  CHECK(repaired({{"a.js", "'use strict';\n\nmake(1);\n"}, {"b.js", "exports.make = () => 1;\n"}},
                 problem_at("a.js", 3, 1, "'make' is not defined.")) ==
        "'use strict';\nconst { make } = require('./b');\n\n\nmake(1);\n");
  CHECK(repaired({{"a.ts", "make(1)\n"}, {"b.ts", task}, {"c.ts", task}},
                 problem_at("a.ts", 1, 1, "Cannot find name 'make'.")) == "refused");
  CHECK(repaired({{"a.ts", "make(1)\n"}, {"b.ts", "const make = 1\n"}},
                 problem_at("a.ts", 1, 1, "Cannot find name 'make'.")) == "refused");
}

TEST_CASE("an import that is not used") {
  CHECK(repaired({{"a.py", "import os\nimport sys\n\nprint(sys.argv)\n"}},
                 problem_at("a.py", 1, 8, "'os' imported but unused")) == "import sys\n\nprint(sys.argv)\n");
  CHECK(repaired({{"a.py", "from os import path, sep\n\nprint(sep)\n"}},
                 problem_at("a.py", 1, 16, "`os.path` imported but unused", "F401")) ==
        "from os import sep\n\nprint(sep)\n");
  CHECK(repaired({{"a.py", "from os import (\n    path,\n    sep,\n)\n\nprint(sep)\n"}},
                 problem_at("a.py", 2, 5, "`os.path` imported but unused", "F401")) ==
        "from os import (\n    sep,\n)\n\nprint(sep)\n");
  CHECK(repaired({{"__init__.py", "from .a import b\n"}},
                 problem_at("__init__.py", 1, 16, "'.a.b' imported but unused")) == "refused");
  CHECK(repaired({{"a.ts", "import { a, b } from './x';\n\na();\n"}},
                 problem_at("a.ts", 1, 13, "'b' is declared but its value is never read.")) ==
        "import { a } from './x';\n\na();\n");
  CHECK(repaired({{"a.ts", "import x from './x';\nf();\n"}},
                 problem_at("a.ts", 1, 8, "'x' is defined but never used.")) == "f();\n");
  CHECK(repaired({{"a.ts", "const x = 1;\n"}},
                 problem_at("a.ts", 1, 7, "'x' is declared but its value is never read.")) == "refused");
  CHECK(repaired({{"a.cpp", "#include <map>\n#include <set>\n"}},
                 problem_at("a.cpp", 1, 1, "included header map is not used directly", "unused-includes")) ==
        "#include <set>\n");
  CHECK(repaired({{"a.rs", "use std::fmt;\nfn main() {}\n"}},
                 problem_at("a.rs", 1, 5, "unused import: `std::fmt`")) == "fn main() {}\n");
  CHECK(repaired({{"a.go", "package a\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n"}},
                 problem_at("a.go", 5, 2, "\"os\" imported and not used")) ==
        "package a\n\nimport (\n\t\"fmt\"\n)\n");
}

TEST_CASE("several problems become one reply, and what is left over is said") {
  const auto proposal = proposed(
      {{"a.py", "print(os.sep, sys.argv)\nx = 1\n"}},
      {problem_at("a.py", 1, 7, "undefined name 'os'"), problem_at("a.py", 1, 15, "undefined name 'sys'"),
       problem_at("a.py", 1, 7, "undefined name 'os'"), problem_at("a.py", 2, 1, "x is ugly")});
  REQUIRE(proposal);
  REQUIRE(proposal->reply.edits.size() == 1);
  CHECK(proposal->reply.edits[0].replace.find("import os\n") != std::string::npos);
  CHECK(proposal->reply.edits[0].replace.find("import sys\n") != std::string::npos);
  CHECK(proposal->reply.summary.find("3 of 4 problems") != std::string::npos);
}

TEST_CASE("two headers at one place stand in order") {
  const std::string text = "#include <map>\n\nstd::vector<int> v;\nstd::string s;\n";
  const auto proposal =
      proposed({{"a.cpp", text}}, {problem_at("a.cpp", 3, 6, "‘vector’ is not a member of ‘std’"),
                                   problem_at("a.cpp", 4, 6, "‘string’ is not a member of ‘std’")});
  REQUIRE(proposal);
  CHECK(
      proposal->reply.edits[0].replace.starts_with("#include <map>\n#include <string>\n#include <vector>\n"));
}

TEST_CASE("what it does not know, a file it cannot read and a place beyond the end are refused") {
  CHECK(repaired({{"a.py", "x = 1\n"}}, problem_at("a.py", 1, 1, "this is all wrong")) == "refused");
  CHECK(repaired({{"a.py", "x = 1\n"}}, problem_at("b.py", 1, 1, "undefined name 'os'")) == "refused");
  CHECK(repaired({{"a.py", "x = 1\n"}}, problem_at("a.py", 900, 1, "undefined name 'os'")) == "refused");
  CHECK(repaired({{"a.py", ""}}, problem_at("a.py", 1, 1, "undefined name 'os'")) == "refused");
  CHECK(repaired({{"a.py", "x = 1\n"}}, problem_at("", 1, 1, "undefined name 'os'")) == "refused");
}

}  // namespace
}  // namespace autofix::repair

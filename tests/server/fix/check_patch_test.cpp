// The gate, path by path and character by character (TRUST.md #1, #4, #5, #10).
#include "server/fix/check_patch.h"

#include <algorithm>

#include "tests/support/catch.h"

namespace autofix::fix {
namespace {

FileChange change(const std::string& path, const std::string& before, const std::string& after,
                  ChangeKind kind = ChangeKind::modify) {
  FileChange result;
  result.path = path;
  result.kind = kind;
  result.before = before;
  result.after = after;
  if (kind != ChangeKind::remove) result.edits = text::minimal_edits(before, after);
  return result;
}

CheckPolicy policy_for(const std::vector<std::string>& paths) {
  CheckPolicy policy;
  policy.allowed_paths = paths;
  policy.problem_paths = paths;
  return policy;
}

std::string refusal(const FileChange& one, const CheckPolicy& policy) {
  const auto checked = check_patch(Patch{{one}}, policy);
  return checked ? "" : checked.error().code;
}

// Carriers of the attacks in TRUST.md #1 and their kin; harmless names are in the next case.
const std::vector<std::string> kControlPaths = {
    ".git/config",
    ".git/hooks/pre-commit",
    ".gitmodules",
    ".gitattributes",
    ".githooks/pre-push",
    "githooks/pre-commit",
    ".husky/pre-commit",
    "lefthook.yml",
    ".pre-commit-config.yaml",
    ".vscode/settings.json",
    ".vscode/tasks.json",
    ".vscode/launch.json",
    ".vscode/extensions.json",
    "app.code-workspace",
    ".idea/workspace.xml",
    ".idea/runConfigurations/x.xml",
    "app.iml",
    ".cursor/mcp.json",
    ".cursorrules",
    ".claude/settings.json",
    "AGENTS.md",
    "CLAUDE.md",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    "Jenkinsfile",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    ".env",
    ".env.local",
    "config/.env.production",
    ".envrc",
    ".npmrc",
    ".yarnrc.yml",
    ".pypirc",
    ".netrc",
    ".ssh/authorized_keys",
    ".bashrc",
    ".devcontainer/devcontainer.json",
    ".autofix.json",
    "sub/.autofix.json",
    ".exrc",
    ".nvim.lua",
    "sitecustomize.py",
};

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

TEST_CASE("control paths are refused, there or not, in every spelling") {
  REQUIRE(kControlPaths.size() >= 40);
  for (const std::string& path : kControlPaths) {
    const std::string folder = path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
    const std::string name = path.substr(folder.size());
    for (const std::string& spelled : {path, upper(path), "./" + path, "sub/../" + path, path + ".",
                                       path + " ", folder + "/" + name, "sub/" + path,
                                       // U+0131 and U+212A lower-case to ASCII's i and k in some file
                                       // systems; U+00AD and U+200D are ignored by HFS+.
                                       folder + "\xE2\x80\x8D" + name, folder + name + "\xC2\xAD"}) {
      INFO(spelled);
      // Allowed by name: the gate refuses all the same.
      const CheckPolicy policy = policy_for({path, spelled, "sub/x", "x"});
      CHECK(!refusal(change(spelled, "", "x\n", ChangeKind::create), policy).empty());
      CHECK(!refusal(change(spelled, "old\n", "new\n"), policy).empty());
      FileChange moved = change("a.py", "x\n", "x\n", ChangeKind::rename);
      moved.new_path = spelled;
      CHECK(!refusal(moved, policy_for({"a.py", spelled})).empty());
    }
  }
}

TEST_CASE("ordinary files whose names only look alike are no control paths") {
  for (const char* path :
       {"git/config.py", "github.py", "src/env.py", "environment.py", "docs/vscode.md", "agents.py",
        "hooks/useTask.ts", "src/hooks.py", "autofix.py", "workflow.yml", "a.b.c.py", "x..y", "ünïcode.py"}) {
    INFO(path);
    CHECK(!is_control_path(path));
    CHECK(refusal(change(path, "a\n", "b\n"), policy_for({path})).empty());
  }
}

TEST_CASE("paths that leave the root or are no paths") {
  for (const std::string& path :
       {std::string("../x.py"), std::string("a/../../x.py"), std::string("/etc/passwd"),
        std::string("C:/x.py"), std::string("C:x.py"), std::string("a\\b.py"), std::string("\\\\host\\share"),
        std::string("a\0b", 3), std::string("a\nb"), std::string(""), std::string("."), std::string(".."),
        std::string("~/x.py/../.."), std::string("a\x1b[0m.py")}) {
    INFO(path);
    CHECK(normalized_path(path).empty());
    CHECK(!refusal(change(path, "a\n", "b\n"), policy_for({path})).empty());
  }
  CHECK(normalized_path("./a//b/./c.py") == "a/b/c.py");
}

TEST_CASE("only files that the request named may change; new ones may stand beside them") {
  const CheckPolicy policy = policy_for({"src/a.py"});
  CHECK(refusal(change("src/a.py", "a\n", "b\n"), policy).empty());
  CHECK(refusal(change("src/b.py", "a\n", "b\n"), policy) == "not_allowed");
  CHECK(refusal(change("src/new.py", "", "b\n", ChangeKind::create), policy).empty());
  CheckPolicy no_create = policy;
  no_create.may_create = false;
  CHECK(refusal(change("src/new.py", "", "b\n", ChangeKind::create), no_create) == "create_refused");
}

TEST_CASE("manifests: only where the problem lies in them, and then on the user's word") {
  for (const char* path :
       {"package.json", "package-lock.json", "pyproject.toml", "setup.py", "requirements.txt", "Cargo.toml",
        "build.rs", "go.mod", "CMakeLists.txt", "Makefile", "pom.xml", "build.gradle", "conftest.py"}) {
    INFO(path);
    CheckPolicy policy = policy_for({path, "a.py"});
    policy.problem_paths = {"a.py"};
    const auto elsewhere = check_patch(Patch{{change(path, "a\n", "b\n")}}, policy);
    if (std::string(path) == "conftest.py") continue;  // a test's file, not a manifest
    CHECK(!elsewhere);
    policy.problem_paths = {path};
    const auto here = check_patch(Patch{{change(path, "a\n", "b\n")}}, policy);
    REQUIRE(here);
    CHECK(here->files[0].needs_confirmation);
    CHECK(!here->files[0].confirmation_reason.empty());
  }
}

TEST_CASE("deleting, moving and weakening tests need the user's word, mending them does not") {
  const auto needs = [](const FileChange& one) {
    const auto checked = check_patch(Patch{{one}}, policy_for({one.path, "other.py"}));
    REQUIRE(checked);
    return needs_confirmation(*checked);
  };
  CHECK(needs(change("a.py", "x\n", "", ChangeKind::remove)));
  FileChange moved = change("a.py", "x\n", "x\n", ChangeKind::rename);
  moved.new_path = "other.py";
  CHECK(needs(moved));
  const std::string test = "def test_a():\n    assert f(1) == 2\n\n\ndef test_b():\n    assert f(2) == 3\n";
  CHECK(needs(change("tests/test_a.py", test, "def test_a():\n    assert f(1) == 2\n")));  // a test is gone
  CHECK(needs(change("tests/test_a.py", test,
                     "def test_a():\n    assert True\n\n\ndef test_b():\n    assert f(2) == 3\n")));
  CHECK(needs(change("tests/test_a.py", test, "import pytest\n@pytest.mark.skip\n" + test)));
  CHECK(needs(change("src/a.test.ts", "it('a', () => { expect(f()).toBe(1); });\n",
                     "it.skip('a', () => { expect(f()).toBe(1); });\n")));
  CHECK(!needs(change("tests/test_a.py", test, "import os\n" + test)));
  CHECK(!needs(change("a.py", "x = 1\n", "x = 2\n")));
}

std::string utf8(char32_t point) {
  std::string out;
  if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
  }
  out += static_cast<char>(0x80 | (point & 0x3F));
  return out;
}

TEST_CASE("hidden and bidirectional characters may not be added, and stay where they are") {
  std::vector<char32_t> points;
  const auto range = [&](char32_t first, char32_t last) {
    for (char32_t point = first; point <= last; ++point) points.push_back(point);
  };
  range(0x202A, 0x202E);
  range(0x2066, 0x2069);
  range(0x200B, 0x200F);
  range(0x2060, 0x2064);
  range(0xE0000, 0xE01EF);
  points.push_back(0xFEFF);
  for (const char32_t point : points) {
    const std::string hidden = utf8(point);
    INFO(static_cast<unsigned>(point));
    for (const std::string& line :
         {"x = 1  # " + hidden + "c\n", "x = '" + hidden + "'\n", "x" + hidden + " = 1\n"}) {
      CHECK(refusal(change("a.py", "x = 1\n", line), policy_for({"a.py"})) == "hidden_character");
      // It stood there already and only its neighbour changes.
      CHECK(refusal(change("a.py", line + "y = 1\n", line + "y = 2\n"), policy_for({"a.py"})).empty());
    }
    const auto refused =
        check_patch(Patch{{change("a.py", "x\n", "x" + hidden + "\n")}}, policy_for({"a.py"}));
    REQUIRE(!refused);
    CHECK(refused.error().message.find(hidden) == std::string::npos);  // shown by its number
  }
}

TEST_CASE("patches beyond all measure are refused") {
  CheckPolicy policy = policy_for({"a.py"});
  policy.max_files = 2;
  policy.max_changed_lines = 10;
  policy.max_file_bytes = 100;
  policy.allowed_paths = {"a.py", "b.py", "c.py"};
  const Patch three{
      {change("a.py", "a\n", "b\n"), change("b.py", "a\n", "b\n"), change("c.py", "a\n", "b\n")}};
  CHECK(!check_patch(three, policy));
  std::string lines;
  for (int i = 0; i < 11; ++i) lines += "x\n";
  CHECK(refusal(change("a.py", "", lines), policy) == "too_large");
  CHECK(refusal(change("a.py", "", std::string(101, 'x')), policy) == "too_large");
}

}  // namespace
}  // namespace autofix::fix

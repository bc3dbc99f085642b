#include "server/text/unified_diff.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/server/text/random_text.h"
#include "tests/server/text/tool.h"
#include "tests/support/catch.h"

using namespace autofix::text;
namespace fs = std::filesystem;

namespace {

using File = std::optional<std::string>;

void write(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

File read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Applies the diff with `tool` in a folder that holds `before`, and expects `after` there.
void check_applied(const std::vector<std::string>& tool, const std::string& path, const File& before,
                   const File& after) {
  const TemporaryFolder folder;
  const fs::path project = folder.path() / "project";
  fs::create_directories(project);
  if (before) write(project / path, *before);
  const std::string diff = unified_diff(path, before, after);
  write(folder.path() / "change.diff", diff);
  const ToolResult result = run_tool(tool, project);
  INFO(tool[0] << " said: " << result.output << "\nabout:\n" << diff);
  CHECK(result.exit_status == 0);
  CHECK(read(project / path) == after);
  // Nothing was left beside it: no rejects, no backup made because a hunk had to be searched for.
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(project))
    files += entry.is_regular_file() ? 1 : 0;
  CHECK(files == (after ? 1 : 0));
}

void check_accepted(const std::string& path, const File& before, const File& after) {
  check_applied({"git", "apply", "--whitespace=nowarn", "../change.diff"}, path, before, after);
  check_applied({"patch", "-p1", "--fuzz=0", "-i", "../change.diff"}, path, before, after);
}

std::string numbered(int count, int marked_every) {
  std::string text;
  for (int i = 1; i <= count; ++i) {
    text += std::to_string(i) + (marked_every > 0 && i % marked_every == 0 ? " changed\n" : "\n");
  }
  return text;
}

}  // namespace

TEST_CASE("the form of a unified diff") {
  struct Row {
    std::string path;
    File before;
    File after;
    std::string diff;
  };
  const std::vector<Row> rows = {
      {"a.py", "same\n", "same\n", ""},
      {"a.py", std::nullopt, std::nullopt, ""},
      {"a.py", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
       "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n "
       "8\n"},
      {"a.py", "a\nb", "a\nb\n",
       "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n a\n-b\n"
       "\\ No newline at end of file\n+b\n"},
      {"n/new.py", std::nullopt, "a\n",
       "diff --git a/n/new.py b/n/new.py\nnew file mode 100644\n--- /dev/null\n+++ b/n/new.py\n@@ -0,0 +1 "
       "@@\n+a\n"},
      {"old.py", "a\n", std::nullopt,
       "diff --git a/old.py b/old.py\ndeleted file mode 100644\n--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 "
       "@@\n-a\n"},
      {"empty", std::nullopt, "",
       "diff --git a/empty b/empty\nnew file mode 100644\nindex 0000000..e69de29\n"},
      {"my file", "a\r\n", "b\r\n",
       "diff --git a/my file b/my file\n--- a/my file\t\n+++ b/my file\t\n@@ -1 +1 @@\n-a\r\n+b\r\n"},
      {"\u00e9\"\t", "a\n", "b\n",
       "diff --git \"a/\\303\\251\\\"\\t\" \"b/\\303\\251\\\"\\t\"\n--- \"a/\\303\\251\\\"\\t\"\n"
       "+++ \"b/\\303\\251\\\"\\t\"\n@@ -1 +1 @@\n-a\n+b\n"},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    CHECK(unified_diff(row.path, row.before, row.after) == row.diff);
  }
}

TEST_CASE("patch and git apply accept every diff and make exactly the bytes meant") {
  struct Row {
    std::string path;
    File before;
    File after;
  };
  const std::vector<Row> rows = {
      {"a.py", "one\n", "two\n"},
      {"deep/er/a.py", "one\ntwo\nthree\n", "one\n2\nthree\n"},
      {"a.py", "one\r\ntwo\r\n", "one\r\n2\r\n"},
      {"a.py", "one\r\ntwo\n", "one\ntwo\r\n"},
      {"a.py", "one\r\ntwo", "one\r\n2"},
      {"a.py", "one\rtwo\rthree\r", "one\r2\rthree\r"},
      {"a.py", "one\rtwo", "one\rtwo\r\n"},
      {"a.py", "one", "two"},
      {"a.py", "one", "one\n"},
      {"a.py", "one\n", "one"},
      {"a.py", "one\ntwo", "two"},
      {"a.py", "", "one\n"},
      {"a.py", "", "one"},
      {"a.py", "one\n", ""},
      {"a.py", "one", ""},
      {"a.py", "\n", "\n\n"},
      {"a.py", std::nullopt, "one\ntwo\n"},
      {"new/folder/a.py", std::nullopt, "one\r\ntwo"},
      {"a.py", "one\ntwo\n", std::nullopt},
      {"a.py", "one", std::nullopt},
      {"a.py", std::nullopt, ""},
      {"a.py", "", std::nullopt},
      {"my project/some file.py", "one\n", "two\n"},
      {"my project/some new file.py", std::nullopt, "two\n"},
      {"my project/some old file.py", "two\n", std::nullopt},
      {"\u00fcber/\u65e5\u672c \u8a9e.py", "one\n", "two\n"},
      {"\u00fcber.py", std::nullopt, "two\n"},
      {"quote\"back\\slash.py", "one\n", "two\n"},
      {"tab\tin name.py", "one\n", "two\n"},
      {"a.py", "--- a/other\n+++ b/other\n@@ -1 +1 @@\n-x\n+y\n", "-- a/other\n++ b/other\n"},
      {"a.py", "\\ No newline at end of file\n", "diff --git a/x b/x"},
      {"a.py",
       "\xEF\xBB\xBF"
       "one\n",
       "\xEF\xBB\xBF"
       "two\n"},
      {"a.py", "caf\xE9\n", "caf\xE8\n\xFF"},
      {"a.py", "trailing  \n\t\n", "trailing \n\n"},
      {"a.py", numbered(300, 0), numbered(300, 10)},
      {"a.py", numbered(300, 0), numbered(300, 7)},
      {"a.py", numbered(300, 0), numbered(300, 3)},
      {"a.py", numbered(40, 5), numbered(30, 0)},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    check_accepted(row.path, row.before, row.after);
  }
}

TEST_CASE("diffs of random texts apply") {
  std::mt19937 random(5);
  for (int round = 0; round < 25; ++round) {
    const std::string before = random_text(random, 80);
    std::string after = before;
    for (int n = 0; n < 4; ++n) after.insert(random() % (after.size() + 1), random_text(random, 4));
    if (before != after) check_accepted("a.txt", before, after);
  }
}

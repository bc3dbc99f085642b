// A small TypeScript project with two bugs: one that the compiler sees, and one that a test sees. The
// compiler and the test runner come from the build tree.
#pragma once

#include <filesystem>

#include "tests/e2e/verify/proving.h"
#include "tests/support/catch.h"

namespace autofix::test {

inline constexpr const char* kTotalTs =
    "export function total(prices: number[], discount: number): number {\n"
    "  const sum = prices.reduce((all, price) => all + price, 0);\n  return sum + discount;\n}\n";

inline constexpr const char* kLabelTs = "export function label(sum: number): string {\n  return sum;\n}\n";

inline Files typescript_shop() {
  return {{"package.json",
           "{\"name\": \"shop\", \"private\": true, \"type\": \"module\",\n"
           " \"devDependencies\": {\"typescript\": \"*\", \"vitest\": \"*\"}}\n"},
          {"tsconfig.json",
           "{\"compilerOptions\": {\"strict\": true, \"target\": \"es2022\", \"module\": \"es2022\",\n"
           "  \"moduleResolution\": \"bundler\", \"types\": []}, \"include\": [\"src\"]}\n"},
          {"src/label.ts", kLabelTs},
          {"src/total.ts", kTotalTs},
          {"tests/total.test.ts",
           "import { expect, test } from \"vitest\";\nimport { total } from \"../src/total\";\n\n"
           "test(\"adds prices\", () => {\n  expect(total([2, 3], 0)).toBe(5);\n});\n\n"
           "test(\"nothing costs nothing\", () => {\n  expect(total([], 0)).toBe(0);\n});\n\n"
           "test(\"takes the discount off\", () => {\n  expect(total([10], 4)).toBe(6);\n});\n"}};
}

inline std::string wrong_label_fix() {
  return "Its size.\n\n" +
         block("src/label.ts", "  return sum;\n", "  // a_wrong_idea\n  return sum.size;\n");
}
inline std::string right_label_fix() {
  return "A text.\n\n" + block("src/label.ts", "  return sum;\n", "  return String(sum);\n");
}
inline std::string wrong_price_fix() {
  return "Times.\n\n" +
         block("src/total.ts", "  return sum + discount;\n", "  return sum * discount; // a_wrong_idea\n");
}
inline std::string right_price_fix() {
  return "Less.\n\n" + block("src/total.ts", "  return sum + discount;\n", "  return sum - discount;\n");
}

inline bool has_node_tools() {
  if (std::filesystem::exists(std::string(VERIFY_NODE) + "/installed.json")) return true;
  WARN("TEST SKIPPED: no TypeScript tools in " << VERIFY_NODE << " (tests/e2e/recipes/npm/install.sh)");
  return false;
}

/// As a package manager with a store of its own lays them out: a folder of the project's, full of links.
inline void link_node_tools(const Rig& rig) {
  const std::filesystem::path tools = std::string(VERIFY_NODE) + "/node_modules";
  std::filesystem::create_directories(rig.project() / "node_modules");
  for (const auto& entry : std::filesystem::directory_iterator(tools)) {
    std::filesystem::create_symlink(entry.path(), rig.project() / "node_modules" / entry.path().filename());
  }
}

}  // namespace autofix::test

#include <random>

#include "server/verify/run_command.h"
#include "tests/server/verify/scratch.h"
#include "tests/support/catch.h"

namespace autofix::verify {
namespace {

using Words = std::vector<std::string>;

void check(const std::string& text, const Words& argv) {
  INFO(text);
  const Command command = parse_command(text);
  CHECK(command.argv == argv);
  CHECK(command.text == text);
}

void check_shell(const std::string& text) {
  check(text, {"/bin/sh", "-c", text});
}

TEST_CASE("a plain command is split into words") {
  check("pytest -q", {"pytest", "-q"});
  check("  pytest\t-q \n", {"pytest", "-q"});
  check("ctest --test-dir 'a b' -R \"x y\"", {"ctest", "--test-dir", "a b", "-R", "x y"});
  check("a'b'\"c\"d", {"abcd"});
  check("run '' \"\"", {"run", "", ""});
  check("run a\\ b \\\"c\\'", {"run", "a b", "\"c'"});
  check("run 'a\\b' \"a\\b\" \"a\\\\b\" \"\\\"\" \"\\$x\" \"\\`\"",
        {"run", "a\\b", "a\\b", "a\\b", "\"", "$x", "`"});
  check("run '$HOME' '*' '|' ';' '`x`' '>'", {"run", "$HOME", "*", "|", ";", "`x`", ">"});
  check("run \\$HOME \\* \\; \\|", {"run", "$HOME", "*", ";", "|"});
  check("run a#b a~ x=1 %s @y a,b {a}", {"run", "a#b", "a~", "x=1", "%s", "@y", "a,b", "{a}"});
  check("run a\\\nb \"c\\\nd\"", {"run", "ab", "cd"});
  check("'cd' x", {"cd", "x"});
  check("run a\\ ", {"run", "a "});
  check("", {});
  check(" \t\n", {});
}

TEST_CASE("what only a shell understands goes to one, as it was written") {
  for (const char* text :
       {"a | b", "a && b",  "a || b", "a; b",     "a > out",     "a < in",      "a 2>&1",    "a &",
        "(a)",   "a $HOME", "a ${X}", "a $(b)",   "a `b`",       "a \"$HOME\"", "a \"`b`\"", "ls *.py",
        "ls ?",  "ls [ab]", "ls ~/x", "X=1 a",    "a # comment", "a\nb",        "cd x",      "exit 3",
        "! a",   "if",      "{ a",    "[ -f x ]", "a 'open",     "a \"open",    "a \\",      "exit"}) {
    check_shell(text);
  }
}

/// What a shell makes of the words.
Words shell_words(const std::string& text, const test::Scratch& folder) {
  const CommandResult result = test::run(test::shell("printf '%s\\0' " + text), folder);
  REQUIRE(result.exit_status == 0);
  Words words;
  for (std::size_t at = 0; at < result.output.size();) {
    const std::size_t end = result.output.find('\0', at);
    words.push_back(result.output.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

TEST_CASE("words that are split without a shell are the ones a shell would make") {
  const test::Scratch folder;
  std::mt19937 random(7);
  const std::string alphabet = "ab  '\"\\=~#{}!%^@+,:/-.\t'\"\\\n";
  int compared = 0;
  for (int round = 0; round < 2'000 && compared < 150; ++round) {
    std::string text = "x";
    const std::size_t length = 3 + random() % 12;
    for (std::size_t at = 0; at < length; ++at) text += alphabet[random() % alphabet.size()];
    const Command command = parse_command(text);
    if (command.argv.size() == 3 && command.argv[0] == "/bin/sh") continue;
    ++compared;
    INFO(text);
    CHECK(command.argv == shell_words(text, folder));
  }
  CHECK(compared == 150);
}

}  // namespace
}  // namespace autofix::verify

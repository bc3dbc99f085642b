// How a child starts: what it is given, and what is said when it cannot.
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include "server/verify/run_command.h"
#include "tests/server/verify/scratch.h"
#include "tests/support/catch.h"

namespace autofix::verify {
namespace {

using test::NothingLeft;
using test::roomy;
using test::run;
using test::Scratch;

/// Sets a variable for one test.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* old = std::getenv(name_.c_str())) old_ = old;
    setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Variable() {
    if (old_) {
      setenv(name_.c_str(), old_->c_str(), 1);
    } else {
      unsetenv(name_.c_str());
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  std::string name_;
  std::optional<std::string> old_;
};

TEST_CASE("a command that cannot start is one clear sentence") {
  const Scratch folder;
  folder.write("plain.txt", "text");
  folder.write("bad_interpreter", "#!/no/such/interpreter\n");
  chmod((folder.path() / "bad_interpreter").c_str(), 0755);
  const NothingLeft nothing_left;
  const auto check = [&](const std::vector<std::string>& argv, const std::filesystem::path& where,
                         const std::string& sentence) {
    const auto result = run_command({argv, ""}, where, roomy(), {}, {});
    REQUIRE_FALSE(result);
    CHECK(result.error() == sentence);
  };
  check({"autofix-no-such-command", "x"}, folder.path(), "command not found: autofix-no-such-command");
  check({"./missing"}, folder.path(),
        "cannot run ./missing: there is no such file, or the interpreter it names is missing");
  check({"./bad_interpreter"}, folder.path(),
        "cannot run ./bad_interpreter: there is no such file, or the interpreter it names is missing");
  check({"./plain.txt"}, folder.path(), "cannot run ./plain.txt: Permission denied");
  check({"/"}, folder.path(), "cannot run /: Permission denied");
  check({"true"}, folder.path() / "gone",
        "cannot enter the folder " + (folder.path() / "gone").string() + ": No such file or directory");
  check({"true"}, folder.path() / "plain.txt",
        "cannot enter the folder " + (folder.path() / "plain.txt").string() + ": Not a directory");
  check({"true", std::string(8u << 20, 'x')}, folder.path(), "cannot run true: Argument list too long");
  check({}, folder.path(), "there is no command to run");
  check({""}, folder.path(), "there is no command to run");
  check({"echo", std::string("a\0b", 3)}, folder.path(), "the command holds a NUL byte");
}

TEST_CASE("programs are found in PATH's absolute folders and by path") {
  const Scratch folder;
  folder.write("own", "echo own script $1\n");  // no #!
  chmod((folder.path() / "own").c_str(), 0755);
  CHECK(run({{"./own", "a b"}, ""}, folder).output == "own script a b\n");
  CHECK(run({{(folder.path() / "own").string(), "x"}, ""}, folder).output == "own script x\n");

  const Variable path("PATH", ".::" + std::string("/usr/bin:/bin"));
  const auto shadowed = run_command({{"own"}, ""}, folder.path(), roomy(), {}, {});
  REQUIRE_FALSE(shadowed);
  CHECK(shadowed.error() == "command not found: own");

  const Variable with_own("PATH", "/no/such/folder:" + folder.path().string());
  CHECK(run({{"own", "y"}, ""}, folder).output == "own script y\n");
}

TEST_CASE("arguments arrive byte for byte") {
  const Scratch folder;
  std::vector<std::string> arguments = {"",
                                        " ",
                                        "a b",
                                        "$(touch pwned)",
                                        "`touch pwned`",
                                        "; touch pwned",
                                        "&& false",
                                        "| cat",
                                        "> pwned",
                                        "< /etc/passwd",
                                        "$HOME",
                                        "${IFS}",
                                        "*",
                                        "?",
                                        "[a-z]",
                                        "~",
                                        "'",
                                        "\"",
                                        "\\",
                                        "\\\\",
                                        "\n",
                                        "a\nb",
                                        "\r\n",
                                        "\t",
                                        "--help",
                                        "-",
                                        "--",
                                        "-c",
                                        "!",
                                        "#x",
                                        "%s%n",
                                        "{a,b}",
                                        "a=b",
                                        "\x1b[2J",
                                        "\xff\xfe",
                                        "\xe2\x80\xae",
                                        "../../etc",
                                        "/etc/passwd",
                                        "file:///",
                                        "test[a$b].py",
                                        "a'b\"c`d",
                                        "\\$(x)"};
  std::string every_byte;
  for (int byte = 1; byte < 256; ++byte) {
    every_byte += static_cast<char>(byte);
    arguments.push_back({static_cast<char>(byte)});
  }
  arguments.push_back(every_byte);
  Command command{
      {"python3", "-c", "import os,sys\nfor a in sys.argv[1:]: os.write(1, os.fsencode(a) + b'\\0')"}, ""};
  std::string expected;
  for (const std::string& argument : arguments) {
    command.argv.push_back(argument);
    expected += argument + '\0';
  }
  CHECK(run(command, folder).output == expected);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("the environment lacks keys and hidden variables") {
  const Scratch folder;
  const Variable one("GOOGLE_API_KEY", "canary-1");
  const Variable two("GEMINI_API_KEY_2", "canary-2");
  const Variable three("GROQ_API_KEY_9", "canary-3");
  const Variable four("ANTHROPIC_API_KEY", "canary-4");
  const Variable five("OPENAI_API_KEY_12", "canary-5");
  const Variable six("TEAM_KEY", "canary-6");
  const Variable kept_one("GROQ_API_KEY_FILE", "kept-1");
  const Variable kept_two("MY_GROQ_API_KEY", "kept-2");
  const Variable kept_three("TEAM_KEY_NAME", "kept-3");
  const auto result = run_command({{"env"}, "env"}, folder.path(), roomy(), {"TEAM_KEY"}, {});
  REQUIRE(result);
  const std::string output = "\n" + result->output;
  CHECK(output.find("canary") == std::string::npos);
  for (const char* line : {"\nGROQ_API_KEY_FILE=kept-1\n", "\nMY_GROQ_API_KEY=kept-2\n",
                           "\nTEAM_KEY_NAME=kept-3\n", "\nPYTHONDONTWRITEBYTECODE=1\n", "\nPATH="}) {
    INFO(line);
    CHECK(output.find(line) != std::string::npos);
  }
}

TEST_CASE("the child starts with default signals, three descriptors and a session of its own") {
  const Scratch folder;
  const int leaky = open("/dev/null", O_RDONLY);  // as a library might open it
  REQUIRE(leaky >= 0);
  const auto old_pipe = std::signal(SIGPIPE, SIG_IGN);
  const auto old_hang_up = std::signal(SIGHUP, SIG_IGN);
  sigset_t blocked;
  sigset_t previous;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &blocked, &previous);
  const CommandResult signals = run({{"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}, ""}, folder);
  const CommandResult descriptors = run({{"ls", "/proc/self/fd"}, ""}, folder);
  const CommandResult session =
      run({{"python3", "-c", "import os; print(os.getsid(0) == os.getpgid(0) == os.getpid())"}, ""}, folder);
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, &previous, &after);
  std::signal(SIGPIPE, old_pipe);
  std::signal(SIGHUP, old_hang_up);
  close(leaky);

  CHECK(signals.output == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  CHECK(descriptors.output == "0\n1\n2\n3\n");  // 3 is the folder that ls reads
  CHECK(session.output == "True\n");
  CHECK(sigismember(&after, SIGTERM) == 1);
  CHECK(sigismember(&after, SIGINT) == 0);
}

}  // namespace
}  // namespace autofix::verify

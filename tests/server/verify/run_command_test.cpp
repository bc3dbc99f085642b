#include "server/verify/run_command.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sys/resource.h>
#include <thread>

#include "tests/server/verify/scratch.h"
#include "tests/support/catch.h"

namespace autofix::verify {
namespace {

using End = CommandResult::End;
using test::NothingLeft;
using test::roomy;
using test::run;
using test::Scratch;
using test::shell;

constexpr const char* kTooLong = "did not come back in a generous time";

TEST_CASE("how a command ended is told") {
  const Scratch folder;
  const NothingLeft nothing_left;
  const auto check = [&](const std::string& text, End end, int status, const std::string& output) {
    INFO(text);
    const CommandResult result = run(parse_command(text), folder);
    CHECK(result.end == end);
    CHECK(result.exit_status == status);
    CHECK(result.output == output);
  };
  check("true", End::exited, 0, "");
  check("false", End::exited, 1, "");
  check("exit 77", End::exited, 77, "");
  check("echo out; echo err >&2; echo out", End::exited, 0, "out\nerr\nout\n");
  check("kill -SEGV $$", End::signalled, SIGSEGV, "");
  check("kill -KILL $$", End::signalled, SIGKILL, "");
  check("cat", End::exited, 0, "");  // stdin is empty, not ours
  check("printf '\\000\\377\\033[1m'", End::exited, 0, std::string("\0\xff\x1b[1m", 6));
  check("pwd -P", End::exited, 0, std::filesystem::canonical(folder.path()).string() + "\n");
}

TEST_CASE("at the deadline the whole group ends") {
  const Scratch folder;
  const NothingLeft nothing_left;
  const auto check = [&](const Command& command, int status) {
    INFO(command.text);
    CommandLimits limits;
    limits.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(150);
    const auto begin = std::chrono::steady_clock::now();
    const CommandResult result = run(command, folder, limits);
    if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(20)) FAIL(kTooLong);
    CHECK(result.end == End::timed_out);
    CHECK(result.exit_status == status);
  };
  check(parse_command("sleep 1000"), SIGTERM);
  check(shell("sleep 1000 | sleep 1000"), SIGTERM);
  check(shell("kill -STOP $$"), SIGTERM);
  check(shell("trap 'exit 5' TERM; sleep 1000 & wait"), 5);
  check(shell("while :; do echo much; done"), SIGTERM);
  check(shell("exec >/dev/null 2>&1; sleep 1000"), SIGTERM);
  check(shell("trap '' TERM; while :; do sleep 1000; done"), SIGKILL);
}

TEST_CASE("a deadline or a stop that came before the start runs nothing") {
  const Scratch folder;
  const Command command = shell("touch ran");
  CommandLimits limits;
  limits.deadline = {};
  CHECK(run(command, folder, limits).end == End::timed_out);
  limits.deadline = providers::SteadyTime::min();
  CHECK(run(command, folder, limits).end == End::timed_out);
  std::stop_source source;
  source.request_stop();
  CHECK(run(command, folder, roomy(), source.get_token()).end == End::cancelled);
  CHECK(std::filesystem::is_empty(folder.path()));
  limits.deadline = providers::SteadyTime::max();
  CHECK(run(command, folder, limits).end == End::exited);
  CHECK_FALSE(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a stop ends the command at once, and nothing is left after many of them") {
  const Scratch folder;
  const NothingLeft nothing_left;
  for (int round = 0; round < 50; ++round) {
    const test::StopWhenReady stop(folder);
    const CommandResult result =
        run(shell("sleep 1000 & echo $$ $!; echo x > ready; wait"), folder, roomy(), stop.token());
    CHECK(result.end == End::cancelled);
    pid_t first = 0;
    pid_t second = 0;
    REQUIRE(std::sscanf(result.output.c_str(), "%d %d", &first, &second) == 2);
    CHECK_FALSE(test::alive(first));
    CHECK_FALSE(test::alive(second));
  }
}

TEST_CASE("a stop ends what ignores SIGTERM") {
  const Scratch folder;
  const NothingLeft nothing_left;
  const test::StopWhenReady stop(folder);
  const CommandResult result =
      run(shell("trap '' TERM; sleep 1000 & echo $!; echo x > ready; while :; do wait; done"), folder,
          roomy(), stop.token());
  CHECK(result.end == End::cancelled);
  CHECK(result.exit_status == SIGKILL);
  CHECK_FALSE(test::alive(std::atoi(result.output.c_str())));
}

TEST_CASE("what the command leaves in its session is ended, and its own end is what counts") {
  const Scratch folder;
  const NothingLeft nothing_left;
  const auto check = [&](const Command& command) {
    INFO(command.text);
    const auto begin = std::chrono::steady_clock::now();
    const CommandResult result = run(command, folder);
    if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(20)) FAIL(kTooLong);
    CHECK(result.end == End::exited);
    CHECK(result.exit_status == 3);
    const pid_t left = std::atoi(result.output.c_str());
    REQUIRE(left > 0);
    CHECK_FALSE(test::alive(left));
  };
  check(shell("sleep 1000 & echo $!; exit 3"));
  check(shell("sleep 1000 >/dev/null 2>&1 & echo $!; exit 3"));
  check(shell("trap '' TERM; sleep 1000 & echo $!; exit 3"));
  // A group of its own.
  check({{"python3", "-c",
          "import os, time\npid = os.fork()\nif pid == 0:\n    os.setpgid(0, 0)\n    time.sleep(1000)\n"
          "while os.getpgid(pid) != pid: pass\nprint(pid, flush=True)\nos._exit(3)"},
         "python3"});
  // It floods the pipe only once its pid is in it.
  check(
      shell("rm -f told; (until [ -e told ]; do :; done; while :; do echo much; done) & echo $!; "
            ": > told; exit 3"));
}

TEST_CASE("a daemon that left the session does not hold us by the pipe") {
  const Scratch folder;
  const NothingLeft nothing_left;
  const std::string program =
      "import os, sys, time\n"
      "pid = os.fork()\n"
      "if pid == 0:\n"
      "    os.setsid()\n"
      "    os.write(1, b'%d\\n' % os.getpid())\n"
      "    time.sleep(1000)\n"
      "else:\n"
      "    sys.stdin.close()\n"
      "    while os.getpgid(pid) != pid: pass\n";
  const auto begin = std::chrono::steady_clock::now();
  const CommandResult result = run({{"python3", "-c", program}, ""}, folder);
  if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(20)) FAIL(kTooLong);
  CHECK(result.end == End::exited);
  CHECK(result.exit_status == 0);
  // It may have been too late to say its number; the folder it stands in tells it apart then.
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::error_code none;
    if (std::filesystem::read_symlink(entry.path() / "cwd", none) == folder.path()) {
      kill(std::atoi(entry.path().filename().c_str()), SIGKILL);
    }
  }
}

TEST_CASE("100 MB of output take bounded memory") {
  const Scratch folder;
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  CommandLimits limits = roomy();
  limits.max_output_bytes = 1u << 20;
  const CommandResult result =
      run(shell("echo first; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo last"), folder, limits);
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  CHECK(result.exit_status == 0);
  CHECK(result.output.size() <= limits.max_output_bytes);
  CHECK(result.output.size() > limits.max_output_bytes - 100);
  CHECK(result.output.substr(0, 7) == "first\nx");
  CHECK(result.output.substr(result.output.size() - 6) == "\nlast\n");
  CHECK(result.output.find(" bytes of output left out]\n") != std::string::npos);
  CHECK(after.ru_maxrss - before.ru_maxrss < 64 * 1024);  // KiB
}

TEST_CASE("commands start while other threads allocate") {
  const Scratch folder;
  const NothingLeft nothing_left;
  {
    std::vector<std::jthread> others;
    for (int number = 0; number < 4; ++number) {
      others.emplace_back([](const std::stop_token& stop) {
        while (!stop.stop_requested()) static_cast<void>(std::string(5'000, 'x'));
      });
    }
    int fine = 0;
    for (int round = 0; round < 100; ++round) {
      if (run({{"echo", "hello"}, ""}, folder).output == "hello\n") ++fine;
    }
    CHECK(fine == 100);
  }
}

TEST_CASE("commands run side by side, each with its own output") {
  const Scratch folder;
  const NothingLeft nothing_left;
  std::vector<std::string> outputs(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t number = 0; number < outputs.size(); ++number) {
      threads.emplace_back([&outputs, &folder, number] {
        for (int round = 0; round < 5; ++round) {
          const auto result =
              run_command({{"echo", std::to_string(number)}, ""}, folder.path(), roomy(), {}, {});
          if (result) outputs[number] += result->output;
        }
      });
    }
  }
  for (std::size_t number = 0; number < outputs.size(); ++number) {
    const std::string line = std::to_string(number) + "\n";
    CHECK(outputs[number] == line + line + line + line + line);
  }
}

}  // namespace
}  // namespace autofix::verify

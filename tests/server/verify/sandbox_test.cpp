// What a command sees and may do in a scratch copy that is isolated.
#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/verify/scratch_copy.h"
#include "tests/server/verify/scratch.h"
#include "tests/support/catch.h"

namespace autofix::verify {
namespace {

using Catch::Matchers::Contains;
using End = CommandResult::End;
using test::NothingLeft;
using test::roomy;
using test::Scratch;
using test::shell;

ScratchCopies copies_of(const Scratch& project, ResourceLimits limits = {}) {
  ScratchCopies::Options options;
  options.root = std::filesystem::canonical(project.path());
  options.mode = SandboxMode::isolated;
  options.limits = limits;
  auto copies = ScratchCopies::open(std::move(options), {});
  INFO((copies ? std::string() : copies.error()));
  REQUIRE(copies);
  CHECK(copies->sandbox() == "isolated");
  return *copies;
}

CommandResult run_isolated(const ScratchCopies& copies, const std::string& text,
                           const CommandLimits& limits = roomy(), std::stop_token stop = {}) {
  const auto copy = copies.make({}, {});
  REQUIRE(copy);
  const auto result = (*copy)->run(shell(text), "", limits, std::move(stop));
  INFO((result ? std::string() : result.error()));
  REQUIRE(result);
  return *result;
}

TEST_CASE("a command in the sandbox writes where it likes, and nothing of it is there afterwards") {
  const Scratch project;
  project.write("a.txt", "old\n");
  project.write("sub/b.txt", "b\n");
  const Scratch neighbour;
  neighbour.write("n.txt", "theirs\n");
  const std::string before = project.everything();
  const std::string root = std::filesystem::canonical(project.path()).string();
  const std::string beside = std::filesystem::canonical(neighbour.path()).string();
  const std::string marker = "autofix_marker_" + std::to_string(getpid());
  const NothingLeft nothing_left;
  const CommandResult result = run_isolated(
      copies_of(project),
      "pwd; echo new > a.txt; cat a.txt; rm -r sub; mkdir made; echo x > made/x; ls; echo y > /tmp/" +
          marker + " && cat /tmp/" + marker + "; echo z > $HOME/" + marker + " && cat $HOME/" + marker +
          "; echo mine > " + beside + "/n.txt; echo w > /dev/shm/" + marker + " && echo shm");
  CHECK(result.exit_status == 0);
  CHECK(result.output == root + "\nnew\na.txt\nmade\ny\nz\nshm\n");
  CHECK(project.everything() == before);
  CHECK(neighbour.read("n.txt") == "theirs\n");
  for (const std::string& place :
       {std::string("/tmp"), std::string("/dev/shm"), std::string(std::getenv("HOME"))}) {
    CHECK_FALSE(std::filesystem::exists(std::filesystem::path(place) / marker));
  }
}

TEST_CASE("outside the throw-away layers everything is read-only, and no privilege changes that") {
  const Scratch project;
  const ScratchCopies copies = copies_of(project);
  const std::string marker = "/autofix_marker_" + std::to_string(getpid());
  const auto check_refused = [&](const std::string& text) {
    INFO(text);
    const CommandResult result = run_isolated(copies, text);
    CHECK(result.exit_status != 0);
  };
  for (const char* folder : {"/etc", "/usr", "/usr/bin", "/var/lib", "/opt", "/proc/sys/kernel"}) {
    check_refused("echo x > " + std::string(folder) + marker);
    CHECK_FALSE(std::filesystem::exists(folder + marker));
  }
  check_refused("echo 1 > /proc/sys/vm/drop_caches");
  check_refused("umount -l .");
  check_refused("mount -o remount,rw /");
  check_refused("mount -t tmpfs none /mnt");
  check_refused("unshare -Ur true && unshare -Urm mount -o remount,rw /");
  check_refused("mknod device b 8 0 && cat device");
}

TEST_CASE("the sandbox has its own processes, its own devices, and nobody's sockets") {
  const Scratch project;
  const ScratchCopies copies = copies_of(project);
  const CommandResult result = run_isolated(copies,
                                            "for p in /proc/[0-9]*; do echo ${p#/proc/}; done | sort -n | "
                                            "head -2; ls /dev; ls /run | wc -l; echo gone > /dev/null && "
                                            "head -c 4 /dev/urandom | wc -c");
  CHECK(result.output ==
        "1\n2\nfd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n0\n4\n");
  // Not even by number.
  CHECK(run_isolated(copies, "kill -0 " + std::to_string(getpid())).exit_status != 0);
}

/// Accepts connections on loopback, and counts them.
class Listener {
 public:
  Listener() : number_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(number_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(listen(number_, 8) == 0);
    REQUIRE(getsockname(number_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { close(number_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }
  bool was_asked() const {
    const int accepted = accept4(number_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted >= 0) close(accepted);
    return accepted >= 0;
  }

 private:
  int number_;
  int port_ = 0;
};

TEST_CASE("there is no network but a loopback of the sandbox's own") {
  const Scratch project;
  project.write(
      "connect.py",
      "import socket, sys\n"
      "try:\n    socket.create_connection((sys.argv[1], int(sys.argv[2])), 20).close(); print('connected')\n"
      "except OSError as error: print(type(error).__name__)\n");
  project.write("serve.py",
                "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
                "client = socket.create_connection(server.getsockname(), 20)\nprint('own loopback')\n");
  const ScratchCopies copies = copies_of(project);
  const Listener listener;
  CHECK(run_isolated(copies, "python3 connect.py 127.0.0.1 " + std::to_string(listener.port())).output ==
        "ConnectionRefusedError\n");
  CHECK(run_isolated(copies, "python3 connect.py 192.0.2.1 80").output == "OSError\n");
  CHECK_FALSE(listener.was_asked());
  CHECK(run_isolated(copies, "python3 serve.py").output == "own loopback\n");
}

TEST_CASE("a socket with a path outside the layers is not reached either") {
  const Scratch project;
  project.write("connect.py",
                "import socket, sys\n"
                "try:\n    socket.socket(socket.AF_UNIX).connect(sys.argv[1]); print('connected')\n"
                "except OSError as error: print(type(error).__name__)\n");
  // Where no layer is: beside the build, and below a layer.
  const Scratch below_temporary;
  for (const std::filesystem::path& folder :
       {std::filesystem::current_path() / "build", below_temporary.path()}) {
    const std::string path = folder / ("autofix-" + std::to_string(getpid()) + ".sock");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    const fix::Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    REQUIRE(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(listener.get(), 8) == 0);
    const std::string output = run_isolated(copies_of(project), "python3 connect.py " + path).output;
    CHECK(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC) < 0);
    std::filesystem::remove(path);
    CHECK(output == "ConnectionRefusedError\n");
  }
}

TEST_CASE("what would be dangerous to print is not there") {
  const Scratch project;
  project.write("a.txt", "");
  const Scratch home;
  home.write(".ssh/id_rsa", "canary-key");
  home.write(".aws/credentials", "canary-key");
  home.write(".config/autofix/.env", "canary-key");
  home.write(".netrc", "canary-key");
  home.write(".cargo/config.toml", "needed");
  const char* known = std::getenv("HOME");
  const std::string old = known == nullptr ? "" : known;
  setenv("HOME", home.path().c_str(), 1);
  setenv("GROQ_API_KEY", "canary-key", 1);
  const CommandResult result =
      run_isolated(copies_of(project),
                   "cat $HOME/.ssh/id_rsa $HOME/.aws/credentials $HOME/.config/autofix/.env "
                   "$HOME/.netrc; env; cat $HOME/.cargo/config.toml");
  setenv("HOME", old.c_str(), 1);
  unsetenv("GROQ_API_KEY");
  CHECK_THAT(result.output, !Contains("canary-key"));
  CHECK_THAT(result.output, Contains("needed"));
}

TEST_CASE("a command that takes too much is ended: processes, memory, output, time") {
  const Scratch project;
  const NothingLeft nothing_left;
  ResourceLimits limits;
  limits.memory_bytes = 200U << 20;
  limits.processes = 50;
  limits.file_bytes = 1U << 20;
  const ScratchCopies copies = copies_of(project, limits);
  CommandResult result = run_isolated(copies, "f() { f | f & }; f; sleep 1000");
  CHECK(result.end == End::over_limit);
  CHECK_THAT(result.limit, Contains("processes at once"));
  result = run_isolated(copies, "python3 -c 'x = []\nwhile True: x.append(bytearray(1000000))'");
  CHECK(result.end == End::over_limit);
  CHECK_THAT(result.limit, Contains("MiB of memory"));
  result = run_isolated(copies, "yes");
  CHECK(result.end == End::over_limit);
  CHECK(result.limit == "it printed more than 256 MiB");
  CHECK(result.output.size() <= (1U << 20));
  result = run_isolated(copies, "head -c 2000000 /dev/zero > big; echo $?; stat -c %s big");
  CHECK_THAT(result.output, Contains("1048576"));
  CommandLimits soon = roomy();
  soon.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  CHECK(run_isolated(copies, "trap '' TERM; while :; do :; done", soon).end == End::timed_out);
}

TEST_CASE("how a command ends is told as it would be without the sandbox") {
  const Scratch project;
  const NothingLeft nothing_left;
  const ScratchCopies copies = copies_of(project);
  const auto check = [&](const std::string& text, End end, int status, const std::string& output) {
    INFO(text);
    const CommandResult result = run_isolated(copies, text);
    CHECK(result.end == end);
    CHECK(result.exit_status == status);
    CHECK(result.output == output);
  };
  check("exit 0", End::exited, 0, "");
  check("echo out; echo err >&2; exit 77", End::exited, 77, "out\nerr\n");
  check("kill -SEGV $$", End::signalled, SIGSEGV, "");
  check("kill -KILL $$", End::signalled, SIGKILL, "");
  check("kill -KILL 1; echo alive", End::exited, 0, "alive\n");
  // A daemon in a session of its own dies with the command.
  check(
      "python3 -c 'import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: "
      "time.sleep(1000)\n    "
      "os._exit(0)\n'; exit 3",
      End::exited, 3, "");
  const auto copy = copies.make({}, {});
  REQUIRE(copy);
  const auto missing = (*copy)->run({{"autofix-no-such-command"}, ""}, "", roomy(), {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error() == "command not found: autofix-no-such-command");
}

TEST_CASE("a stop ends the sandbox at once with all that is in it") {
  const Scratch project;
  const NothingLeft nothing_left;
  const ScratchCopies copies = copies_of(project);
  std::stop_source source;
  std::thread stopper([&] { source.request_stop(); });
  const CommandResult result =
      run_isolated(copies, "trap '' TERM; sleep 1000 & wait", roomy(), source.get_token());
  stopper.join();
  CHECK(result.end == End::cancelled);
}

}  // namespace
}  // namespace autofix::verify

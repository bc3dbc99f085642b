#include "server/verify/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

#include "server/verify/child_environment.h"

namespace autofix::verify {
namespace {

/// Everything the child needs, made before the fork: between fork and exec nothing may allocate or lock,
/// because another thread may have held the lock at the moment of the fork.
struct Plan {
  std::vector<std::string> programs;  // paths to try, in order
  std::vector<char*> argv;
  std::vector<char*> script_argv;  // for a file without `#!`: /bin/sh, a gap for its path, the arguments
  std::vector<char*> environment;
  std::string folder;
  pid_t parent = 0;
  int input = -1;
  int output = -1;
  int failure = -1;
  int first_foreign_descriptor = 3;
  int last_foreign_descriptor = 3;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

/// Relative entries of PATH are passed over, so that no file of the project stands in for a system command.
std::vector<std::string> programs_to_try(const std::string& name, std::string_view path) {
  if (name.find('/') != std::string::npos) return {name};
  if (path.empty()) path = "/usr/local/bin:/usr/bin:/bin";
  std::vector<std::string> programs;
  while (!path.empty()) {
    const std::size_t colon = path.find(':');
    const std::string_view folder = path.substr(0, colon);
    if (!folder.empty() && folder.front() == '/') programs.push_back(std::string(folder) + "/" + name);
    path.remove_prefix(colon == std::string_view::npos ? path.size() : colon + 1);
  }
  return programs;
}

[[noreturn]] void give_up(const Plan& plan, StartFailure::Stage stage, int error) {
  const StartFailure failure{stage, error};
  // Fits into a pipe at once; when even that fails, the exit status still says that nothing ran.
  if (write(plan.failure, &failure, sizeof failure) < 0) _exit(126);
  _exit(127);
}

void close_on_exec_from(int first, int last) {
#ifdef SYS_close_range
  constexpr unsigned kCloseOnExec = 1u << 2;
  if (syscall(SYS_close_range, static_cast<unsigned>(first), ~0u, kCloseOnExec) == 0) return;
#endif
  for (int number = first; number <= last; ++number) fcntl(number, F_SETFD, FD_CLOEXEC);
}

void restore_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &standard, nullptr);
}

/// Runs in the child: only async-signal-safe calls from here on.
[[noreturn]] void become(Plan& plan) {
  restore_signals();
  setsid();
  // When we are killed without a chance to clean up, the command must not go on.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != plan.parent) _exit(127);
  if (dup2(plan.input, 0) < 0 || dup2(plan.output, 1) < 0 || dup2(plan.output, 2) < 0) {
    give_up(plan, StartFailure::Stage::streams, errno);
  }
  close_on_exec_from(plan.first_foreign_descriptor, plan.last_foreign_descriptor);
  if (chdir(plan.folder.c_str()) != 0) give_up(plan, StartFailure::Stage::folder, errno);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);

  int error = ENOENT;
  for (const std::string& program : plan.programs) {
    execve(program.c_str(), plan.argv.data(), plan.environment.data());
    if (errno == ENOEXEC) {
      plan.script_argv[1] = const_cast<char*>(program.c_str());
      execve("/bin/sh", plan.script_argv.data(), plan.environment.data());
    }
    if (errno == ENOENT || errno == ENOTDIR) continue;
    error = errno;
    if (error != EACCES) break;
  }
  give_up(plan, StartFailure::Stage::program, error);
}

struct Pipe {
  fix::Descriptor read_end;
  fix::Descriptor write_end;
};

/// Above the standard three: a process that was started with those closed would get them back here, and
/// dup2 onto itself keeps close-on-exec.
fix::Descriptor above_standard(int number) {
  fix::Descriptor low(number);
  if (!low || number > 2) return low;
  return fix::Descriptor(fcntl(number, F_DUPFD_CLOEXEC, 3));
}

std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  Pipe made{above_standard(ends[0]), above_standard(ends[1])};
  if (!made.read_end || !made.write_end) return std::nullopt;
  // Only our end: the child expects streams that block.
  if (fcntl(made.read_end.get(), F_SETFL, O_NONBLOCK) != 0) return std::nullopt;
  return made;
}

std::string words(int error) {
  return std::generic_category().message(error);
}

tl::unexpected<std::string> no_process(int error) {
  return tl::unexpected("cannot start a process: " + words(error));
}

}  // namespace

tl::expected<Child, std::string> start_child(const std::vector<std::string>& argv,
                                             const std::filesystem::path& folder,
                                             const std::vector<std::string>& environment) {
  std::optional<Pipe> output = make_pipe();
  if (!output) return no_process(errno);
  std::optional<Pipe> failure = make_pipe();
  if (!failure) return no_process(errno);
  const fix::Descriptor input = above_standard(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!input) return no_process(errno);

  Plan plan;
  plan.programs = programs_to_try(argv.front(), variable(environment, "PATH"));
  plan.argv = pointers(argv);
  plan.script_argv = pointers(argv);
  std::string shell = "/bin/sh";
  plan.script_argv.insert(plan.script_argv.begin(), shell.data());
  plan.environment = pointers(environment);
  plan.folder = folder.string();
  plan.parent = getpid();
  plan.input = input.get();
  plan.output = output->write_end.get();
  plan.failure = failure->write_end.get();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    plan.last_foreign_descriptor = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 65'536));
  }

  // Our own handlers must not run in the child, so nothing is delivered until it has reset them.
  sigset_t all;
  sigset_t previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  const pid_t pid = fork();
  if (pid == 0) become(plan);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  if (pid < 0) return no_process(error);
  return Child{pid, std::move(output->read_end), std::move(failure->read_end)};
}

std::string describe(const StartFailure& failure, std::string_view program,
                     const std::filesystem::path& folder) {
  const std::string name(program);
  switch (failure.stage) {
    case StartFailure::Stage::streams:
      return "cannot start " + name + ": " + words(failure.error);
    case StartFailure::Stage::folder:
      return "cannot enter the folder " + folder.string() + ": " + words(failure.error);
    case StartFailure::Stage::program:
      break;
  }
  if (failure.error != ENOENT) return "cannot run " + name + ": " + words(failure.error);
  if (name.find('/') == std::string::npos) return "command not found: " + name;
  return "cannot run " + name + ": there is no such file, or the interpreter it names is missing";
}

}  // namespace autofix::verify

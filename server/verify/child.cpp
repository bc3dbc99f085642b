#include "server/verify/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "server/verify/child_environment.h"
#include "server/verify/init_process.h"

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
  int report = -1;
  const Sandbox* sandbox = nullptr;
  int life = -1;  // sandboxed: ends when the parent is gone
  int go = -1;    // sandboxed: a byte once the parent has said who is who
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

[[noreturn]] void give_up(const Plan& plan, ChildReport::Kind kind, int error, int step = 0) {
  const ChildReport failure{kind, error, step};
  // Fits into a pipe at once; when even that fails, the exit status still says that nothing ran.
  if (write(plan.report, &failure, sizeof failure) < 0) _exit(126);
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

void take_streams(const Plan& plan) {
  if (dup2(plan.input, 0) < 0 || dup2(plan.output, 1) < 0 || dup2(plan.output, 2) < 0) {
    give_up(plan, ChildReport::Kind::no_streams, errno);
  }
}

/// Runs in the child: only async-signal-safe calls from here on.
[[noreturn]] void execute(Plan& plan) {
  close_on_exec_from(plan.first_foreign_descriptor, plan.last_foreign_descriptor);
  if (chdir(plan.folder.c_str()) != 0) give_up(plan, ChildReport::Kind::no_folder, errno);
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
  give_up(plan, ChildReport::Kind::no_program, error);
}

[[noreturn]] void become(Plan& plan) {
  restore_signals();
  setsid();
  // When we are killed without a chance to clean up, the command must not go on.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != plan.parent) _exit(127);
  take_streams(plan);
  execute(plan);
}

/// The first process of the namespaces never executes anything, so what it inherited it has to close itself.
void keep_only_report_and_life(Plan& plan) {
  constexpr int kReport = 3;
  constexpr int kLife = 4;
  // Both above what they become.
  const int report = fcntl(plan.report, F_DUPFD, 16);
  const int life = fcntl(plan.life, F_DUPFD, 16);
  dup2(report, kReport);
  dup2(life, kLife);
  plan.report = kReport;
  plan.life = kLife;
  plan.first_foreign_descriptor = kReport;
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 5U, ~0U, 0U) == 0) return;
#endif
  for (int number = 5; number <= plan.last_foreign_descriptor; ++number) close(number);
}

/// glibc's fork takes the allocator's locks, which another thread may have held when we were cloned.
pid_t bare_fork(unsigned long flags) {
  return static_cast<pid_t>(syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

[[noreturn]] void become_init(Plan& plan) {
  char word = 0;
  if (read(plan.go, &word, 1) != 1) _exit(127);
  restore_signals();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setsid();
  take_streams(plan);
  keep_only_report_and_life(plan);
  if (const int step = take_steps(*plan.sandbox); step >= 0) {
    give_up(plan, ChildReport::Kind::no_sandbox, errno, step);
  }
  const pid_t command = bare_fork(0);
  if (command == 0) {
    setsid();
    drop_privileges();
    limit_process(plan.sandbox->limits);
    execute(plan);
  }
  if (command < 0) give_up(plan, ChildReport::Kind::no_program, errno);
  for (int number = 0; number < 3; ++number) close(number);
  be_init(command, plan.sandbox->limits, plan.report, plan.life);
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

/// The child's number, or -1 with errno.
pid_t start(Plan& plan) {
  // Our own handlers must not run in the child, so nothing is delivered until it has reset them.
  sigset_t all;
  sigset_t previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  const pid_t pid = plan.sandbox == nullptr ? fork() : bare_fork(namespace_flags());
  if (pid == 0 && plan.sandbox == nullptr) become(plan);
  if (pid == 0) become_init(plan);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  errno = error;
  return pid;
}

tl::unexpected<std::string> no_process(int error) {
  return tl::unexpected("cannot start a process: " + words(error));
}

}  // namespace

tl::expected<Child, std::string> start_child(const std::vector<std::string>& argv,
                                             const std::filesystem::path& folder,
                                             const std::vector<std::string>& environment,
                                             const Sandbox* sandbox) {
  std::optional<Pipe> output = make_pipe();
  if (!output) return no_process(errno);
  std::optional<Pipe> report = make_pipe();
  if (!report) return no_process(errno);
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
  plan.report = report->write_end.get();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    plan.last_foreign_descriptor = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 65'536));
  }

  std::optional<Pipe> life;
  std::optional<Pipe> go;
  if (sandbox != nullptr) {
    life = make_pipe();
    go = make_pipe();
    if (!life || !go) return no_process(errno);
    fcntl(go->read_end.get(), F_SETFL, 0);  // the child waits for it
    plan.sandbox = sandbox;
    plan.life = life->read_end.get();
    plan.go = go->read_end.get();
  }
  const pid_t pid = start(plan);
  if (pid < 0) return no_process(errno);
  Child child{pid, std::move(output->read_end), std::move(report->read_end), {}};
  if (sandbox == nullptr) return child;
  child.life = std::move(life->write_end);
  // For root the kernel keeps no limit of processes, so the first process has to come to its turn in the
  // middle of a fork bomb. Others may not ask for this, and need not.
  const sched_param first_of_all{1};
  sched_setscheduler(pid, SCHED_FIFO | SCHED_RESET_ON_FORK, &first_of_all);
  // Without the byte the child ends by itself.
  const bool known = write_id_maps(pid);
  const int error = errno;
  if (known && write(go->write_end.get(), "g", 1) == 1) return child;
  go.reset();
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return tl::unexpected("the sandbox's users cannot be set up: " + words(error));
}

std::string describe(const ChildReport& failure, std::string_view program,
                     const std::filesystem::path& folder, const Sandbox* sandbox) {
  const std::string name(program);
  const std::string why = words(failure.value);
  switch (failure.kind) {
    case ChildReport::Kind::no_folder:
      return "cannot enter the folder " + folder.string() + ": " + why;
    case ChildReport::Kind::no_sandbox: {
      const auto step = static_cast<std::size_t>(failure.step);
      const bool known = sandbox != nullptr && step < sandbox->steps.size();
      return "the sandbox cannot " + (known ? describe(sandbox->steps[step]) : std::string("start")) + ": " +
             why;
    }
    case ChildReport::Kind::no_program:
      break;
    default:
      return "cannot start " + name + ": " + why;
  }
  if (failure.value != ENOENT) return "cannot run " + name + ": " + why;
  if (name.find('/') == std::string::npos) return "command not found: " + name;
  return "cannot run " + name + ": there is no such file, or the interpreter it names is missing";
}

}  // namespace autofix::verify

#include "server/verify/sandbox.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/fix/beneath.h"

namespace autofix::verify {
namespace {

/// struct mount_attr of linux/mount.h, which clashes with sys/mount.h in some libraries.
struct MountAttributes {
  std::uint64_t set = 0;
  std::uint64_t clear = 0;
  std::uint64_t propagation = 0;
  std::uint64_t user_namespace = 0;
};
constexpr std::uint64_t kReadOnly = 0x1;
constexpr std::uint64_t kNoSetUid = 0x2;
constexpr std::uint64_t kNoDevices = 0x4;
constexpr long kMountSetattr = 442;  // the same number on every architecture
constexpr unsigned kRecursive = 0x8000;

int set_attributes(const char* target, bool recursive, std::uint64_t set, std::uint64_t clear) {
  const MountAttributes attributes{set, clear, 0, 0};
  return static_cast<int>(
      syscall(kMountSetattr, AT_FDCWD, target, recursive ? kRecursive : 0U, &attributes, sizeof attributes));
}

int bring_loopback_up() {
  const int socket_number = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_number < 0) return -1;
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP;
  const int result = ioctl(socket_number, SIOCSIFFLAGS, &request);
  const int error = errno;
  close(socket_number);
  errno = error;
  return result;
}

int make_file(const char* path) {
  const int number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (number < 0) return errno == EEXIST ? 0 : -1;
  return close(number);
}

int take(const ViewStep& step) {
  const char* target = step.target.c_str();
  const char* source = step.source.c_str();
  const char* options = step.options.c_str();
  constexpr unsigned long kPlain = MS_NOSUID | MS_NODEV;
  switch (step.kind) {
    case ViewStep::Kind::folder:
      return mkdir(target, 0755) == 0 || errno == EEXIST ? 0 : -1;
    case ViewStep::Kind::file:
      return make_file(target);
    case ViewStep::Kind::link:
      return symlink(source, target);
    case ViewStep::Kind::bind:
      return mount(source, target, nullptr, MS_BIND | MS_REC, nullptr);
    case ViewStep::Kind::tmpfs:
      return mount("tmpfs", target, "tmpfs", kPlain, options);
    case ViewStep::Kind::overlay:
      return mount("overlay", target, "overlay", kPlain, options);
    case ViewStep::Kind::overlay_or_tmpfs:
      if (mount("overlay", target, "overlay", kPlain, options) == 0) return 0;
      return mount("tmpfs", target, "tmpfs", kPlain, "mode=1777,size=50%");
    case ViewStep::Kind::proc:
      return mount("proc", target, "proc", kPlain | MS_NOEXEC, nullptr);
    case ViewStep::Kind::terminals:
      return mount("devpts", target, "devpts", MS_NOSUID | MS_NOEXEC, options);
    case ViewStep::Kind::remove:
      return unlink(target) == 0 || errno == ENOENT ? 0 : -1;
    case ViewStep::Kind::freeze:
      return set_attributes(target, true, kReadOnly | kNoSetUid | kNoDevices, 0);
    case ViewStep::Kind::thaw:
      return set_attributes(target, false, 0, kReadOnly);
    case ViewStep::Kind::device:
      return set_attributes(target, false, 0, kNoDevices);
    case ViewStep::Kind::loopback:
      return bring_loopback_up();
  }
  errno = EINVAL;
  return -1;
}

bool write_file(const std::string& path, const std::string& text) {
  const fix::Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

unsigned long namespace_flags() {
  return CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
}

bool write_id_maps(pid_t child) {
  const std::string folder = "/proc/" + std::to_string(child);
  const uid_t user = geteuid();
  // Root's projects hold files of many owners; what root may do to them ends at the read-only mounts.
  constexpr const char* kEverybody = "0 0 4294967295";
  if (user == 0 && write_file(folder + "/uid_map", kEverybody)) {
    return write_file(folder + "/gid_map", kEverybody);
  }
  const auto only = [](unsigned id) { return std::to_string(id) + " " + std::to_string(id) + " 1"; };
  // Without this, a user may not map his group (user_namespaces(7)). Kernels before 3.19 have no such file.
  write_file(folder + "/setgroups", "deny");
  return write_file(folder + "/uid_map", only(user)) && write_file(folder + "/gid_map", only(getegid()));
}

int take_steps(const Sandbox& sandbox) {
  if (chdir(sandbox.base.c_str()) != 0) return 0;
  // Nothing that is mounted from here on is seen outside.
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 0;
  int number = 0;
  for (const ViewStep& step : sandbox.steps) {
    if (take(step) != 0 && !step.optional) return number;
    ++number;
  }
  return -1;
}

void drop_privileges() {
  // Root keeps what only concerns files of the layers that are thrown away.
  constexpr std::array<int, 7> kHarmless = {CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,
                                            CAP_FSETID, CAP_SETUID,       CAP_SETGID};
  for (int capability = 0; capability <= 63; ++capability) {
    bool harmless = false;
    for (const int known : kHarmless) harmless = harmless || known == capability;
    if (!harmless || geteuid() != 0) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void limit_process(const ResourceLimits& limits) {
  const auto limit = [](int resource, std::uint64_t most) {
    if (most == 0) return;
    rlimit now{};
    if (getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) return;
    if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most) most = now.rlim_max;
    now.rlim_cur = most;
    now.rlim_max = most;
    setrlimit(static_cast<__rlimit_resource_t>(resource), &now);
  };
  limit(RLIMIT_FSIZE, limits.file_bytes);
  // Threads count here, too, so this is only the last line; the first process counts processes.
  limit(RLIMIT_NPROC, std::uint64_t{limits.processes} * 8);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
}

std::string describe(const ViewStep& step) {
  switch (step.kind) {
    case ViewStep::Kind::overlay:
    case ViewStep::Kind::overlay_or_tmpfs:
      return "lay a throw-away layer over " + step.target;
    case ViewStep::Kind::bind:
      return "bind " + step.source + " to " + step.target;
    case ViewStep::Kind::tmpfs:
      return "mount a temporary file system at " + step.target;
    case ViewStep::Kind::proc:
      return "mount " + step.target;
    case ViewStep::Kind::terminals:
      return "mount terminals at " + step.target;
    case ViewStep::Kind::freeze:
      return "make the file systems read-only";
    case ViewStep::Kind::thaw:
      return "make " + step.target + " writable";
    case ViewStep::Kind::device:
      return "make the device " + step.target;
    case ViewStep::Kind::loopback:
      return "bring the loopback interface up";
    case ViewStep::Kind::remove:
      return "remove " + step.target;
    default:
      return "make " + step.target;
  }
}

}  // namespace autofix::verify

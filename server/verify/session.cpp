#include "server/verify/session.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>

#include "server/fix/beneath.h"

namespace autofix::verify {
namespace {

struct Process {
  char state = '?';
  pid_t group = 0;
  pid_t session = 0;
};

/// `/proc/N/stat` is `N (name) state parent group session …`; the name may hold anything, even `)`.
std::optional<Process> read_process(int folder, const char* number) {
  const std::string path = std::string(number) + "/stat";
  const fix::Descriptor file(openat(folder, path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::array<char, 512> text{};
  const ssize_t count = read(file.get(), text.data(), text.size() - 1);
  if (count <= 0) return std::nullopt;
  const char* after_name = std::strrchr(text.data(), ')');
  if (after_name == nullptr) return std::nullopt;
  Process process;
  int parent = 0;
  if (std::sscanf(after_name + 1, " %c %d %d %d", &process.state, &parent, &process.group,
                  &process.session) != 4) {
    return std::nullopt;
  }
  return process;
}

}  // namespace

std::vector<pid_t> live_groups(pid_t leader) {
  std::vector<pid_t> groups;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc"), closedir);
  if (!folder) return groups;
  while (const dirent* entry = readdir(folder.get())) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    const auto process = read_process(dirfd(folder.get()), entry->d_name);
    if (!process || process->state == 'Z' || process->state == 'X') continue;
    if (process->group != leader && process->session != leader) continue;
    if (std::find(groups.begin(), groups.end(), process->group) == groups.end()) {
      groups.push_back(process->group);
    }
  }
  return groups;
}

void signal_session(pid_t leader, int signal) {
  // Right after the fork there is no group yet, only the process.
  if (kill(-leader, signal) != 0) kill(leader, signal);
  for (const pid_t group : live_groups(leader)) {
    if (group != leader) kill(-group, signal);
  }
}

}  // namespace autofix::verify

// What a sandboxed command sees of the machine, as data: namespaces of its own, mounts, limits. Made ahead by
// view.h; entered by the child, where nothing may allocate. Linux only: user namespaces (5.11 and later, for
// overlayfs in them) and mount_setattr (5.12).
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace autofix::verify {

/// One step towards the child's view, in order. Relative paths are below Sandbox::base.
struct ViewStep {
  enum class Kind {
    folder,            ///< makes `target`; that it exists is fine
    file,              ///< an empty one
    link,              ///< `target` points to `source`
    bind,              ///< `source` with everything below it appears at `target`
    tmpfs,             ///< with `options`
    overlay,           ///< with `options`
    overlay_or_tmpfs,  ///< before Linux 6.6 a tmpfs cannot hold a layer; then the place is empty
    proc,              ///< of the new pid namespace
    terminals,         ///< pseudo-terminals of its own
    remove,            ///< the file `target`
    freeze,            ///< everything so far is read-only and has no devices
    thaw,              ///< `target` is writable again
    device,            ///< `target` is a device again
    loopback,          ///< the network namespace's own loopback comes up; there is nothing else in it
  };
  Kind kind = Kind::folder;
  std::string target;
  std::string source;
  std::string options;
  bool optional = false;  ///< goes on without
};

struct ResourceLimits {
  std::uint64_t memory_bytes = 0;  ///< resident, of all processes together; 0: no limit
  unsigned processes = 0;          ///< at one time; 0: no limit
  std::uint64_t file_bytes = 0;    ///< of one file; 0: no limit
};

struct Sandbox {
  std::string base;  ///< a private folder, existing
  std::vector<ViewStep> steps;
  ResourceLimits limits;
};

/// The namespaces of the child as clone's flags.
unsigned long namespace_flags();

/// By the parent, while the child waits: who is who in the child's user namespace. The effective user stays
/// what he is; as root all users do. False with errno.
bool write_id_maps(pid_t child);

/// In the child, by its first process: takes the steps; the number of the step that failed, with errno, or
/// -1. Only async-signal-safe calls.
int take_steps(const Sandbox& sandbox);

/// In the child, before it becomes the command: no privilege is left, nor can be had.
void drop_privileges();

/// In the child: the limits that the kernel keeps for each process.
void limit_process(const ResourceLimits& limits);

/// What a step was about, for people.
std::string describe(const ViewStep& step);

}  // namespace autofix::verify

#include "server/cli/output.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "server/problems/readers.h"

namespace autofix::cli {
namespace {

constexpr std::size_t kMaxInputBytes = std::size_t{64} << 20;

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

int report(const Failure& failure) {
  say("autofix: " + failure.cause);
  if (!failure.next_step.empty()) say("  " + failure.next_step);
  return failure.exit_code;
}

void say(std::string_view line) {
  std::string text = problems::printable(line);
  text += '\n';
  write_all(STDERR_FILENO, text);
}

bool write_out(std::string_view text) {
  return write_all(STDOUT_FILENO, text);
}

std::string name_of_input(const std::string& path) {
  return path == "-" ? "standard input" : path;
}

Input read_input(const std::string& path) {
  Input input;
  const std::string name = name_of_input(path);
  const int file = path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    input.error = name + ": " + std::strerror(errno);
    return input;
  }
  std::array<char, 65536> chunk;
  while (true) {
    const ssize_t count = read(file, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) input.error = name + ": " + std::strerror(errno);
    if (count <= 0) break;
    input.bytes.append(chunk.data(), static_cast<std::size_t>(count));
    if (input.bytes.size() > kMaxInputBytes) {
      input.error = name + ": larger than 64 MiB";
      break;
    }
  }
  if (file != STDIN_FILENO) close(file);
  return input;
}

}  // namespace autofix::cli

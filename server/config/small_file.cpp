#include "server/config/small_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace autofix::config {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

tl::expected<std::optional<std::string>, std::string> read_open_file(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
    return tl::unexpected<std::string>("is no regular file");
  if (static_cast<std::size_t>(status.st_size) > kMaxBytes)
    return tl::unexpected<std::string>("is larger than 1 MiB");
  std::string bytes(kMaxBytes, '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = read(file, bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return tl::unexpected<std::string>(std::strerror(errno));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace

tl::expected<std::optional<std::string>, std::string> read_small_file(const std::filesystem::path& path,
                                                                      Links links) {
  const int refuse = links == Links::refuse ? O_NOFOLLOW : 0;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | refuse);
  if (file < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    if (errno == ELOOP) return tl::unexpected<std::string>("is a symbolic link, which is not followed");
    return tl::unexpected<std::string>(std::strerror(errno));
  }
  auto bytes = read_open_file(file);
  close(file);
  return bytes;
}

}  // namespace autofix::config

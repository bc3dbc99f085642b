#include "providers/socket_count.h"

#ifdef __linux__
// Not <netinet/tcp.h>: its tcp_info ends before the counters, and the two do not go together.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#endif

namespace autofix::providers {

#ifdef __linux__
std::uint64_t bytes_read_from(int descriptor) {
  tcp_info counters{};
  socklen_t size = sizeof counters;
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &counters, &size) != 0) return 0;
  // In this order: what comes in between makes the answer smaller, never larger.
  int unread = 0;
  if (ioctl(descriptor, FIONREAD, &unread) != 0 || unread < 0) return 0;
  const auto waiting = static_cast<std::uint64_t>(unread);
  return counters.tcpi_bytes_received > waiting ? counters.tcpi_bytes_received - waiting : 0;
}
#else
std::uint64_t bytes_read_from(int) {
  return 0;
}
#endif

}  // namespace autofix::providers

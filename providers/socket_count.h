// How much a program has read from a TCP socket: the system counts what came, and knows what is unread.
#pragma once

#include <cstdint>

namespace autofix::providers {

/// Bytes since the connection began; 0 where the system does not tell (anything but Linux).
std::uint64_t bytes_read_from(int descriptor);

}  // namespace autofix::providers

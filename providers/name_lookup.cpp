#include "providers/name_lookup.h"

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <sys/socket.h>
#include <thread>

namespace autofix::providers {
namespace {

constexpr int kMostHanging = 8;

/// Shared with the thread that may outlive the call.
struct Lookup {
  std::mutex mutex;
  std::condition_variable_any done;
  std::optional<int> result;
  std::vector<std::string> addresses;
};

struct Hanging {
  std::mutex mutex;
  int count = 0;
};

/// Lives as long as the last lookup, which may be longer than the process's statics.
std::shared_ptr<Hanging> hanging() {
  static const auto shared = std::make_shared<Hanging>();
  return shared;
}

void resolve(const std::string& host, Lookup& lookup) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int result = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  std::vector<std::string> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    std::array<char, NI_MAXHOST> name{};
    if (getnameinfo(entry->ai_addr, entry->ai_addrlen, name.data(), name.size(), nullptr, 0,
                    NI_NUMERICHOST) == 0) {
      addresses.emplace_back(name.data());
    }
  }
  if (list != nullptr) freeaddrinfo(list);
  const std::lock_guard lock(lookup.mutex);
  lookup.result = result;
  lookup.addresses = std::move(addresses);
  lookup.done.notify_all();
}

ProviderError network_error(ErrorKind kind, std::string message) {
  ProviderError error;
  error.kind = kind;
  error.scope = Scope::network;
  error.message = std::move(message);
  return error;
}

}  // namespace

tl::expected<std::vector<std::string>, ProviderError> look_up(const std::string& host, std::stop_token stop,
                                                              SteadyTime deadline) {
  const auto running = hanging();
  {
    const std::lock_guard lock(running->mutex);
    if (running->count >= kMostHanging) {
      return tl::unexpected(network_error(ErrorKind::timeout, "name lookups hang: is the network up?"));
    }
    ++running->count;
  }
  const auto lookup = std::make_shared<Lookup>();
  std::thread([host, lookup, running] {
    resolve(host, *lookup);
    const std::lock_guard lock(running->mutex);
    --running->count;
  }).detach();

  std::unique_lock lock(lookup->mutex);
  lookup->done.wait_until(lock, stop, deadline, [&] { return lookup->result.has_value(); });
  if (stop.stop_requested()) return tl::unexpected(network_error(ErrorKind::cancelled, "cancelled"));
  if (!lookup->result) {
    return tl::unexpected(network_error(ErrorKind::timeout, "the name lookup of " + host + " took too long"));
  }
  if (*lookup->result != 0 || lookup->addresses.empty()) {
    return tl::unexpected(network_error(
        ErrorKind::connection, "the name " + host + " was not found: " + gai_strerror(*lookup->result)));
  }
  return lookup->addresses;
}

}  // namespace autofix::providers

// Ends socket operations from outside: shuts a descriptor down when a stop is requested or a time has come.
// It exists because the HTTP library's own timeouts are per read, and its own stop() blocks during a connect.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <thread>

#include "providers/clock.h"

namespace autofix::providers {

/// The socket of one call. Owns a duplicate of the descriptor, so that closing the original cannot make it
/// mean another file.
class GuardedSocket {
 public:
  GuardedSocket() = default;
  ~GuardedSocket();
  GuardedSocket(const GuardedSocket&) = delete;
  GuardedSocket& operator=(const GuardedSocket&) = delete;

  /// Called when the library made a socket; shuts it down at once when the call has been ended meanwhile.
  void capture(int descriptor);
  void shut_down();
  /// Before the next call on a kept connection.
  void rearm();
  bool is_shut_down() const;

 private:
  mutable std::mutex mutex_;
  int duplicate_ = -1;
  bool shut_down_ = false;
};

/// One thread for all calls of a client, started with the first one.
class Watchdog {
 public:
  ~Watchdog();

  /// Watches `socket` for as long as the returned object lives.
  class Watch {
   public:
    Watch(Watchdog& watchdog, GuardedSocket& socket, SteadyTime at);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Watchdog& watchdog_;
    std::pair<SteadyTime, GuardedSocket*> entry_;
  };

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::pair<SteadyTime, GuardedSocket*>> entries_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace autofix::providers

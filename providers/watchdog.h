// Ends socket operations from outside: shuts a descriptor down when a stop is requested, a time has come, or
// more was read than a reply may have. It exists because the HTTP library's own timeouts are per read, its
// own stop() blocks during a connect, and its headers have no limit.
#pragma once

#include <condition_variable>
#include <cstdint>
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
  /// How many sockets were captured: unchanged by a call means that it used the kept one.
  int captured() const;

  /// The most bytes that the call may have read since rearm().
  void allow(std::uint64_t bytes);
  /// Shuts the socket down when more was read than is allowed.
  void check();
  bool has_overrun() const;

 private:
  mutable std::mutex mutex_;
  int duplicate_ = -1;
  int captured_ = 0;
  bool shut_down_ = false;
  bool overrun_ = false;
  std::uint64_t allowed_ = UINT64_MAX;
  std::uint64_t read_before_ = 0;
};

/// One thread for all calls of a client, started with the first one.
class Watchdog {
 public:
  ~Watchdog();

  /// Watches `socket` for as long as the object lives.
  class Watch {
   public:
    Watch(Watchdog& watchdog, GuardedSocket& socket, SteadyTime at);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// Nothing, when the time had come already.
    void move_to(SteadyTime at);
    /// True when the time came and the socket was shut down for it.
    bool fired() const;

   private:
    void insert();

    Watchdog& watchdog_;
    std::pair<SteadyTime, GuardedSocket*> entry_;
  };

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::pair<SteadyTime, GuardedSocket*>> entries_;
  SteadyTime waking_at_ = SteadyTime::max();  ///< when the thread looks without being told
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace autofix::providers

#include "server/cli/interrupt.h"

#include <csignal>
#include <pthread.h>
#include <unistd.h>

#include "server/cli/exit_codes.h"

namespace autofix::cli {
namespace {

sigset_t watched_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGUSR2);  // our own: ends the thread
  return signals;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t signals = watched_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread([this] { wait(); });
}

Interrupt::~Interrupt() {
  ending_ = true;
  pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
}

void Interrupt::wait() {
  const sigset_t signals = watched_signals();
  while (true) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (ending_) return;
    if (signal == SIGUSR2) continue;
    const int code = signal == SIGINT ? kCancelled : kTerminated;
    if (exit_code_ != 0) _exit(code);
    exit_code_ = code;
    stop_.request_stop();
  }
}

}  // namespace autofix::cli

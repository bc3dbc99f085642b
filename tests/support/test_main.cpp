// Catch2's main, compiled once for all test programs.
#define CATCH_CONFIG_RUNNER
#include <csignal>

#include "tests/support/catch.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // as the product's main does
  return Catch::Session().run(argc, argv);
}

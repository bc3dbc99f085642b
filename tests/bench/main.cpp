// ./dev bench: prints how fast we are. Usage: bench AUTOFIX
#include <csignal>
#include <cstdio>
#include <exception>

#include "tests/bench/bench.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench AUTOFIX\n");
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  try {
    std::printf("Medians of 20 runs; machines are shared, so compare numbers of one run only.\n");
    autofix::bench::bench_server(argv[1]);
    autofix::bench::bench_fix(argv[1]);
    autofix::bench::bench_chain();
    autofix::bench::bench_store();
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "bench: %s\n", fault.what());
    return 1;
  }
  return 0;
}

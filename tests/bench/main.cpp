// ./dev bench: prints how fast we are. Usage: bench AUTOFIX PEERS [server|fix|chain|store|verify]
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/bench/bench.h"
#include "tests/bench/contender.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    if (arguments.size() > 2 && arguments[0] == "--contender") {
      return autofix::bench::run_contender({arguments.begin() + 1, arguments.end()});
    }
    const std::string part = arguments.size() == 3 ? arguments[2] : "";
    if (arguments.size() < 2 || arguments.size() > 3 ||
        (!part.empty() && part != "server" && part != "fix" && part != "chain" && part != "store" &&
         part != "verify")) {
      std::fprintf(stderr, "usage: bench AUTOFIX PEERS [server|fix|chain|store|verify]\n");
      return 2;
    }
    std::printf("Machines are shared: compare numbers of one run only (tests/bench/README.md).\n");
    if (part.empty() || part == "server") autofix::bench::bench_server(arguments[0]);
    if (part.empty() || part == "fix") autofix::bench::bench_fix(arguments[0]);
    if (part.empty() || part == "chain") autofix::bench::bench_chain(arguments[1]);
    if (part.empty() || part == "store") autofix::bench::bench_store();
    if (part.empty() || part == "verify") {
      autofix::bench::bench_verify(std::filesystem::path(arguments[0]).parent_path().string());
    }
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "bench: %s\n", fault.what());
    return 1;
  }
  return 0;
}

// A stand-in for one vendor as a program: fake_provider NAME --script FILE.json
// Prints `listening BASE_URL` and lives until its standard input closes. With --record FILE it writes, at its
// end, every byte that it was sent.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/fake_provider.h"

int main(int argc, char** argv) {
  using namespace autofix::test;
  std::string script;
  std::string record;
  for (int at = 2; at + 1 < argc; at += 2) {
    if (std::string(argv[at]) == "--script") script = argv[at + 1];
    if (std::string(argv[at]) == "--record") record = argv[at + 1];
  }
  const auto vendor = argc > 1 ? vendor_named(argv[1]) : std::nullopt;
  if (!vendor || script.empty()) {
    std::fprintf(stderr,
                 "usage: fake_provider gemini|groq|openai|anthropic --script FILE.json [--record FILE]\n");
    return 2;
  }
  try {
    std::ifstream file(script);
    FakeProvider provider(*vendor, fake_script(*vendor, nlohmann::json::parse(file)));
    std::cout << "listening " << provider.base_url() << std::endl;
    std::string line;
    while (std::getline(std::cin, line)) {
    }
    if (!record.empty()) std::ofstream(record, std::ios::binary) << provider.all_bytes();
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "fake_provider: %s\n", fault.what());
    return 2;
  }
  return 0;
}

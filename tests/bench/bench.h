// The benches, one function each; main.cpp runs them in order.
#pragma once

#include <string>

namespace autofix::bench {

void bench_server(const std::string& binary);  ///< start, memory, code actions, sync
void bench_fix(
    const std::string& binary);  ///< from the command to applyEdit, without the provider's own time
/// Failover against a bare loop and, where they are installed, against the peers of tests/bench/peers.
void bench_chain(const std::string& peers_folder);
void bench_store();  ///< what state costs
/// What a proof costs beside its command, in a large project that is kept in the build folder.
void bench_verify(const std::string& build_folder);

}  // namespace autofix::bench

// Finds a model server on this machine: the `local` link has no address of its own.
#pragma once

#include <stop_token>
#include <string>
#include <tl/expected.hpp>

#include "providers/http_client.h"

namespace autofix::providers {

struct LocalServer {
  std::string base_url;
  std::string model;  ///< the first one it lists
};

/// Asks the usual ports in order: Ollama 11434, llama.cpp 8080, LM Studio 1234, vLLM 8000. The first that
/// lists a model wins; an error of kind `skipped` when none does.
tl::expected<LocalServer, ProviderError> find_local_server(HttpClient& http, const std::stop_token& stop,
                                                           SteadyTime deadline);

}  // namespace autofix::providers

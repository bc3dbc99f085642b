#include "providers/local_discovery.h"

#include <array>
#include <nlohmann/json.hpp>

#include "providers/dialects/dialect.h"
#include "providers/json_body.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

constexpr std::array kPorts = {11434, 8080, 1234, 8000};

}  // namespace

tl::expected<LocalServer, ProviderError> find_local_server(HttpClient& http, const std::stop_token& stop,
                                                           SteadyTime deadline) {
  Timeouts timeouts;
  timeouts.connect = 500ms;
  timeouts.total = 2s;
  const HttpRequest request = kOpenAiDialect.encode_model_list({});
  bool loading = false;
  for (const int port : kPorts) {
    const std::string base_url = "http://127.0.0.1:" + std::to_string(port) + "/v1";
    const auto reply = http.send(base_url, request, timeouts, stop, deadline);
    if (!reply && reply.error().kind == ErrorKind::cancelled) return tl::unexpected(reply.error());
    if (reply && reply->status == 503) loading = true;
    if (!reply || reply->status != 200) continue;
    const auto body = parse_body(reply->body);
    if (!body) continue;
    const std::vector<std::string> models = kOpenAiDialect.decode_model_list(*body);
    if (!models.empty() && !models.front().empty()) return LocalServer{base_url, models.front()};
  }
  ProviderError error;
  if (loading) {
    error.kind = ErrorKind::overloaded;
    error.http_status = 503;
    error.loading = true;
    error.message = "the model server on this machine is still loading its model";
    return tl::unexpected(std::move(error));
  }
  error.kind = ErrorKind::skipped;
  error.message = "no model server answers on this machine (ports 11434, 8080, 1234, 8000)";
  return tl::unexpected(std::move(error));
}

}  // namespace autofix::providers

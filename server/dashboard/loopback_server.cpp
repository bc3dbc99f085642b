#include "server/dashboard/loopback_server.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <httplib.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdexcept>
#include <thread>

#include "server/dashboard/page.h"

namespace autofix::dashboard {
namespace {

constexpr const char* kAddress = "127.0.0.1";
constexpr int kThreads = 8;
constexpr const char* kPolicy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri "
    "'none'; "
    "form-action 'none'; frame-ancestors 'none'";

/// `127.0.0.1:8080`, `localhost`, `[::1]:80`: names that no other machine can have, whatever a name server
/// says.
bool is_loopback(std::string_view host) {
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || port.find_first_not_of("0123456789") != std::string_view::npos) return false;
    host = host.substr(0, colon);
  }
  return host == "127.0.0.1" || host == "localhost" || host == "[::1]";
}

bool is_own_origin(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return is_loopback(origin.substr(scheme.size()));
  }
  return false;
}

/// In a time that does not tell how much of it is right.
bool is_same(const std::string& given, const std::string& token) {
  return given.size() == token.size() && CRYPTO_memcmp(given.data(), token.data(), token.size()) == 0;
}

std::string token_of(const httplib::Request& request) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string header = request.get_header_value("Authorization");
  if (header.starts_with(kBearer)) return header.substr(kBearer.size());
  return request.get_param_value("token");
}

bool may_see(const httplib::Request& request, const std::string& token) {
  if (request.get_header_value_count("Host") != 1 || !is_loopback(request.get_header_value("Host")))
    return false;
  if (request.has_header("Origin") && !is_own_origin(request.get_header_value("Origin"))) return false;
  return is_same(token_of(request), token);
}

std::string with_token(std::string_view document, const std::string& token) {
  constexpr std::string_view kPlace = "{{token}}";
  std::string text(document);
  for (std::size_t at = text.find(kPlace); at != std::string::npos; at = text.find(kPlace, at))
    text.replace(at, kPlace.size(), token);
  return text;
}

/// Not the library's own choice, which lets a second process listen on the same port.
void set_options(socket_t socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace

std::string new_token() {
  std::array<unsigned char, 16> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system gives no random numbers");
  constexpr const char* kDigits = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : bytes) {
    token += kDigits[byte >> 4];
    token += kDigits[byte & 15];
  }
  return token;
}

struct LoopbackServer::Parts {
  std::string token;
  std::function<std::string(const std::string&)> figures;
  httplib::Server server;
  std::thread thread;
};

LoopbackServer::LoopbackServer(std::string token,
                               std::function<std::string(const std::string& since)> figures)
    : parts_(std::make_unique<Parts>()) {
  parts_->token = std::move(token);
  parts_->figures = std::move(figures);
  httplib::Server& server = parts_->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_socket_options(set_options);
  server.set_tcp_nodelay(true);
  // What does not say what it wants is sent away soon; a page asks anew each time.
  server.set_keep_alive_max_count(1);
  server.set_read_timeout(2);
  server.set_write_timeout(2);
  server.set_payload_max_length(0);
  server.set_default_headers({{"Content-Security-Policy", kPolicy},
                              {"Cache-Control", "no-store"},
                              {"Referrer-Policy", "no-referrer"},
                              {"X-Content-Type-Options", "nosniff"},
                              {"X-Frame-Options", "DENY"}});
  server.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    using Handled = httplib::Server::HandlerResponse;
    if (request.method != "GET") {
      response.status = 405;
      response.set_header("Allow", "GET");
      return Handled::Handled;
    }
    if (may_see(request, parts_->token)) return Handled::Unhandled;
    response.status = 403;
    return Handled::Handled;
  });
  server.Get("/", [this](const httplib::Request&, httplib::Response& response) {
    response.set_content(with_token(kDocument, parts_->token), "text/html; charset=utf-8");
  });
  server.Get("/dashboard.css", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(std::string(kStyle), "text/css; charset=utf-8");
  });
  server.Get("/dashboard.js", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(std::string(kScript), "text/javascript; charset=utf-8");
  });
  server.Get("/figures.json", [this](const httplib::Request& request, httplib::Response& response) {
    const std::string text =
        parts_->figures(request.has_param("since") ? request.get_param_value("since") : "7d");
    if (text.empty()) {
      response.status = 400;
      return;
    }
    response.set_content(text, "application/json");
  });
}

LoopbackServer::~LoopbackServer() {
  if (!parts_->thread.joinable()) return;
  parts_->server.stop();
  parts_->thread.join();
}

tl::expected<int, std::string> LoopbackServer::listen(int port) {
  errno = 0;
  if (port == 0) {
    port = parts_->server.bind_to_any_port(kAddress);
  } else if (!parts_->server.bind_to_port(kAddress, port)) {
    port = -1;
  }
  if (port <= 0) return tl::unexpected(std::string(errno != 0 ? std::strerror(errno) : "it is in use"));
  parts_->thread = std::thread([this] { parts_->server.listen_after_bind(); });
  // stop() before the listening has begun would be lost.
  while (!parts_->server.is_running()) std::this_thread::yield();
  return port;
}

}  // namespace autofix::dashboard

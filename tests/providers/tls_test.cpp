// TLS against `openssl s_server`: only a server whose certificate is trusted, and for this host, gets a key.
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "providers/http_client.h"
#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/support/child_process.h"
#include "tests/support/fake_provider.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;
using test::Certificates;
using test::ChildOptions;
using test::ChildProcess;

class TlsServer {
 public:
  explicit TlsServer(const Certificates& certificates) : child_(options_for(certificates)) {
    std::string said;
    char byte = 0;
    while (said.find("ACCEPT 127.0.0.1:") == std::string::npos || said.back() != '\n') {
      REQUIRE(read(child_.output(), &byte, 1) == 1);
      said += byte;
    }
    port_ = said.substr(said.find("127.0.0.1:") + 10);
    port_.pop_back();
  }
  std::string url() const { return "https://127.0.0.1:" + port_; }

 private:
  static ChildOptions options_for(const Certificates& certificates) {
    ChildOptions options;
    options.argv = {"/usr/bin/openssl",
                    "s_server",
                    "-accept",
                    "127.0.0.1:0",
                    "-cert",
                    certificates.file("cert.pem"),
                    "-key",
                    certificates.file("key.pem"),
                    "-www"};
    return options;
  }
  ChildProcess child_;
  std::string port_;
};

tl::expected<HttpReply, ProviderError> ask(const std::string& ca_file, const std::string& url,
                                           std::chrono::milliseconds deadline = 10s) {
  HttpClient client(ca_file);
  HttpRequest request;
  request.method = "GET";
  request.path = "/";
  request.headers = {{"Authorization", "Bearer the-key"}};
  return client.send(url, request, Timeouts{}, {}, std::chrono::steady_clock::now() + deadline);
}

TEST_CASE("a server of a trusted authority answers, one of a stranger gets nothing") {
  const Certificates certificates("IP:127.0.0.1");
  const TlsServer server(certificates);
  const auto trusted = ask(certificates.file("ca.pem"), server.url());
  INFO((trusted ? "" : trusted.error().message));
  REQUIRE(trusted);
  CHECK(trusted->status == 200);
  const auto stranger = ask("", server.url());
  REQUIRE(!stranger);
  CHECK(stranger.error().kind == ErrorKind::connection);
  CHECK(stranger.error().scope == Scope::network);
  CHECK(stranger.error().message.find("not trusted") != std::string::npos);
}

TEST_CASE("a certificate for another host is none") {
  const Certificates certificates("DNS:somewhere.example,IP:127.0.0.2");
  const TlsServer server(certificates);
  const auto reply = ask(certificates.file("ca.pem"), server.url());
  REQUIRE(!reply);
  CHECK(reply.error().kind == ErrorKind::connection);
}

TEST_CASE("a handshake that never ends ends with the deadline") {
  test::FakeProvider silent(
      test::Vendor::groq, test::fake_script(test::Vendor::groq, nlohmann::json::array({{{"stall", true}}})));
  const auto begin = std::chrono::steady_clock::now();
  const auto reply = ask("", "https://127.0.0.1:" + std::to_string(silent.port()), 300ms);
  REQUIRE(!reply);
  CHECK((reply.error().kind == ErrorKind::timeout || reply.error().kind == ErrorKind::connection));
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

TEST_CASE("a server that speaks no TLS is a connection error") {
  test::FakeProvider plain(test::Vendor::groq,
                           test::fake_script(test::Vendor::groq, nlohmann::json::array({{{"ok", "x"}}})));
  const auto reply = ask("", "https://127.0.0.1:" + std::to_string(plain.port()), 5s);
  REQUIRE(!reply);
  CHECK(plain.requests().empty());
}

}  // namespace
}  // namespace autofix::providers

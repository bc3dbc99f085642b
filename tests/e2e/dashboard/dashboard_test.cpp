// The page on loopback: what it shows, who may see it, and how it ends. Real sockets, the real binary.
#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/rig.h"

namespace autofix::test {
namespace {

using nlohmann::json;

const char* kReply =
    "The name is misspelt.\n\ncalc.py\n<<<<<<< SEARCH\nlenght = 1\n=======\nlength = 1\n>>>>>>> REPLACE\n";

/// Connected to 127.0.0.1, or the test fails.
int connected(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

struct Answer {
  int status = 0;
  std::string head;
  std::string body;
};

/// Sends the bytes as they are and reads until the server closes.
Answer sent_raw(int port, const std::string& request) {
  const int socket = connected(port);
  REQUIRE(write(socket, request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  std::string all;
  char bytes[65536];
  for (ssize_t count = read(socket, bytes, sizeof bytes); count > 0;
       count = read(socket, bytes, sizeof bytes))
    all.append(bytes, static_cast<std::size_t>(count));
  close(socket);
  Answer answer;
  const std::size_t end = all.find("\r\n\r\n");
  if (all.size() < 12 || end == std::string::npos) return answer;
  answer.status = std::stoi(all.substr(9, 3));
  answer.head = all.substr(0, end);
  answer.body = all.substr(end + 4);
  return answer;
}

struct Dashboard {
  explicit Dashboard(const Rig& rig, std::vector<std::string> more = {})
      : process([&] {
          ChildOptions options;
          options.argv = {autofix_binary(), "dashboard"};
          options.argv.insert(options.argv.end(), more.begin(), more.end());
          options.environment = rig.environment;
          options.folder = rig.project();
          options.error_file = rig.outside() / "dashboard.err";
          return options;
        }()) {
    std::string line;
    char byte = 0;
    while (read(process.output(), &byte, 1) == 1 && byte != '\n') line += byte;
    const std::string begin = "listening http://127.0.0.1:";
    INFO(line);
    REQUIRE(line.starts_with(begin));
    port = std::stoi(line.substr(begin.size()));
    token = line.substr(line.find("/?token=") + 8);
  }

  Answer get(const std::string& target, const std::string& headers = "Host: 127.0.0.1\r\n") const {
    return sent_raw(port, "GET " + target + " HTTP/1.1\r\n" + headers + "\r\n");
  }
  json figures(const std::string& since = "7d") const {
    const Answer answer = get("/figures.json?since=" + since,
                              "Host: localhost:8080\r\nAuthorization: Bearer " + token + "\r\n");
    REQUIRE(answer.status == 200);
    return json::parse(answer.body);
  }

  ChildProcess process;
  int port = 0;
  std::string token;
};

Rig project() {
  return Rig({{"calc.py", "lenght = 1\n"}}, json::array({{{"preset", "quota_per_day"}}}),
             json::array({{{"ok", kReply}}}));
}

Ran fix(const Rig& rig) {
  return rig.run({"fix", ".", "--diagnostics", "-", "--json"}, "calc.py:1:1: error: unknown name lenght\n");
}

TEST_CASE("the page follows the fixes of other processes while it is open") {
  const Rig rig = project();
  const Dashboard dashboard(rig);
  const json before = dashboard.figures();
  CHECK(before.at("stats").at("runs") == 0);
  CHECK(before.at("fallbacks").empty());
  REQUIRE(fix(rig).exit_code == 0);
  const json after = dashboard.figures();
  CHECK(after.at("stats").at("runs") == 1);
  CHECK(after.at("stats").at("fallbacks") == 1);
  REQUIRE(after.at("fallbacks").size() == 1);
  CHECK(after.at("fallbacks")[0].at("from") == "Gemini");
  CHECK(after.at("fallbacks")[0].at("to") == "Groq");
  CHECK(after.at("links").at(0).at("state") == "quota_exhausted");
  CHECK(dashboard.get("/figures.json?since=soon&token=" + dashboard.token).status == 400);
}

TEST_CASE("the page and its parts come with the token and hold no data, no key and no path of the project") {
  const Rig rig = project();
  REQUIRE(fix(rig).exit_code == 0);
  const Dashboard dashboard(rig);
  std::string seen;
  for (const char* path : {"/", "/dashboard.css", "/dashboard.js", "/figures.json"}) {
    INFO(path);
    const Answer answer = dashboard.get(std::string(path) + "?token=" + dashboard.token);
    CHECK(answer.status == 200);
    CHECK(answer.head.find("Content-Security-Policy: default-src 'none'") != std::string::npos);
    CHECK(answer.head.find("Cache-Control: no-store") != std::string::npos);
    CHECK(answer.head.find("Referrer-Policy: no-referrer") != std::string::npos);
    seen += answer.head + answer.body;
  }
  CHECK(find_canary(seen).empty());
  CHECK(seen.find("calc.py") == std::string::npos);
  CHECK(seen.find("lenght") == std::string::npos);
  CHECK(seen.find("{{token}}") == std::string::npos);
  CHECK(seen.find("Access-Control-Allow-Origin") == std::string::npos);
}

TEST_CASE("nobody but this machine's user sees anything") {
  const Rig rig = project();
  const Dashboard dashboard(rig);
  const std::string own = "Host: 127.0.0.1:" + std::to_string(dashboard.port) + "\r\n";
  const std::string bearer = "Authorization: Bearer " + dashboard.token + "\r\n";
  std::string wrong = dashboard.token;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  struct Case {
    const char* what;
    std::string headers;
    int status;
  };
  const Case cases[] = {
      {"as it should be", own + bearer, 200},
      {"forwarded to another port", "Host: localhost:55555\r\nOrigin: http://localhost:55555\r\n" + bearer,
       200},
      {"IPv6's loopback", "Host: [::1]:55555\r\n" + bearer, 200},
      {"no token", own, 403},
      {"a wrong token", own + "Authorization: Bearer " + wrong + "\r\n", 403},
      {"half a token", own + "Authorization: Bearer " + dashboard.token.substr(0, 16) + "\r\n", 403},
      {"another scheme", own + "Authorization: Basic " + dashboard.token + "\r\n", 403},
      {"another host", "Host: evil.example\r\n" + bearer, 403},
      {"a name that was bound to this address", "Host: rebind.evil.example:80\r\n" + bearer, 403},
      {"a host that begins like ours", "Host: 127.0.0.1.evil.example\r\n" + bearer, 403},
      {"a host that ends like ours", "Host: evil.localhost\r\n" + bearer, 403},
      {"a port that is none", "Host: localhost:evil\r\n" + bearer, 403},
      {"no host", bearer, 403},
      {"two hosts", "Host: localhost\r\nHost: evil.example\r\n" + bearer, 403},
      {"another origin", own + "Origin: https://evil.example\r\n" + bearer, 403},
      {"no origin in particular", own + "Origin: null\r\n" + bearer, 403},
      {"an origin with a user", own + "Origin: http://localhost@evil.example\r\n" + bearer, 403},
  };
  for (const Case& one : cases) {
    for (const char* path : {"/", "/figures.json", "/dashboard.js", "/nothing"}) {
      INFO(one.what << " " << path);
      const Answer answer = dashboard.get(path, one.headers);
      CHECK(answer.status == (one.status == 200 && path == std::string("/nothing") ? 404 : one.status));
      if (one.status != 200) CHECK(answer.body.empty());
    }
  }
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"}) {
    INFO(method);
    const Answer answer = sent_raw(
        dashboard.port, std::string(method) + " / HTTP/1.1\r\n" + own + bearer + "Content-Length: 0\r\n\r\n");
    CHECK(answer.status == 405);
    CHECK(answer.body.empty());
  }
}

TEST_CASE("bad requests and slow clients do not keep the page from others") {
  const Rig rig = project();
  const Dashboard dashboard(rig);
  const std::string end = "?token=" + dashboard.token;
  CHECK(dashboard.get("/../../../etc/passwd" + end).status == 404);
  CHECK(dashboard.get("/%2e%2e/%2e%2e/etc/passwd" + end).status == 404);
  CHECK(dashboard.get("/" + std::string(100'000, 'a') + end).status >= 400);
  sent_raw(dashboard.port, "\x01\x02garbage\r\n\r\n");
  sent_raw(dashboard.port, "GET\r\n\r\n");
  std::vector<int> silent;
  for (int client = 0; client < 4; ++client) silent.push_back(connected(dashboard.port));
  CHECK(dashboard.figures().at("stats").at("runs") == 0);
  for (const int socket : silent) close(socket);
  for (int round = 0; round < 200; ++round) REQUIRE(dashboard.get("/" + end).status == 200);
}

TEST_CASE("a port that is taken, a signal, and a parent that goes") {
  const Rig rig = project();
  Dashboard dashboard(rig);
  const Ran second = rig.run({"dashboard", "--port", std::to_string(dashboard.port)});
  CHECK(second.exit_code == 2);
  CHECK(second.out.empty());
  CHECK(second.err.find("Leave --port out") != std::string::npos);
  dashboard.process.kill_now(SIGTERM);
  CHECK(dashboard.process.wait() == 143);
  Dashboard of_editor(rig);
  of_editor.process.close_input();
  CHECK(of_editor.process.wait() == 0);
  Dashboard other(rig, {"--port", std::to_string(dashboard.port)});
  CHECK(other.port == dashboard.port);
  CHECK(other.token != dashboard.token);
}

}  // namespace
}  // namespace autofix::test

#include "tests/providers/faults.h"

#include <atomic>
#include <nlohmann/json.hpp>

#include "tests/providers/raw_server.h"

namespace autofix::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using providers::DialectKind;
using providers::ErrorKind;
using providers::Timeouts;
using Kinds = std::vector<ErrorKind>;

/// Where the fault is no slowness, a slow machine must not make one of it.
Timeouts patient() {
  Timeouts timeouts;
  timeouts.connect = timeouts.first_byte = timeouts.idle = timeouts.total = 60s;
  return timeouts;
}

/// Nothing comes any more: streamed, the limit in question ends it; plain, the whole's.
Timeouts impatient(bool stream) {
  Timeouts timeouts = patient();
  timeouts.first_byte = timeouts.idle = 80ms;
  if (!stream) timeouts.total = 80ms;
  return timeouts;
}

Peer scripted(DialectKind dialect, const json& item) {
  const Vendor vendor = vendor_of(dialect);
  auto server = std::make_shared<FakeProvider>(vendor, fake_script(vendor, json::array({item})));
  return {server->base_url(), server};
}

Peer raw(RawServer::Script script) {
  auto server = std::make_shared<RawServer>(std::move(script));
  return {server->url(), server};
}

Fault of_script(std::string name, Kinds kinds, DialectKind dialect, const json& item,
                const Timeouts& timeouts = patient()) {
  return {std::move(name), std::move(kinds), [=] { return scripted(dialect, item); }, timeouts};
}

/// The server reads the request and then writes.
Fault of_bytes(std::string name, Kinds kinds, const std::function<void(RawConnection&)>& reply) {
  return {std::move(name), std::move(kinds),
          [=] {
            return raw([=](RawConnection& client) {
              if (client.read_request()) reply(client);
            });
          },
          patient()};
}

constexpr const char* kJsonHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/// A billion zeros in a gzip of about seven megabytes: 13 bits stand for 258 of them (RFC 1951, fixed codes).
std::string gzip_bomb() {
  std::string bomb("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  unsigned bits = 0;
  int count = 0;
  const auto put = [&](unsigned value, int width, bool high_first) {
    for (int i = 0; i < width; ++i) {
      bits |= (value >> (high_first ? width - 1 - i : i) & 1U) << count;
      if (++count == 8) {
        bomb += static_cast<char>(bits);
        bits = 0;
        count = 0;
      }
    }
  };
  put(1, 1, false);          // the last block
  put(1, 2, false);          // with fixed codes
  put(0b00110000, 8, true);  // a zero
  for (int i = 0; i < 4'000'000; ++i) {
    put(0b11000101, 8, true);  // 258 bytes
    put(0, 5, true);           // from one byte back
  }
  return bomb;
}

void add_slowness(std::vector<Fault>& faults, DialectKind dialect, bool stream) {
  const Timeouts limits = impatient(stream);
  faults.push_back(of_script("silence", {ErrorKind::timeout}, dialect, {{"stall", true}}, limits));
  faults.push_back(of_script("slow first byte", {ErrorKind::timeout}, dialect,
                             {{"ok", "late"}, {"delayMs", 60'000}}, limits));
  faults.push_back(of_script("stall mid-body", {ErrorKind::timeout}, dialect,
                             {{"ok", std::string(2000, 'x')}, {"stallAfter", stream ? 2 : 600}}, limits));
  Timeouts whole = patient();
  whole.total = 80ms;
  faults.push_back(of_script("one byte at a time", {ErrorKind::timeout}, dialect,
                             {{"ok", std::string(9000, 'x')}, {"trickleMs", 5}}, whole));
}

void add_broken_connections(std::vector<Fault>& faults, DialectKind dialect, bool stream) {
  const json long_text = std::string(2000, 'x');
  faults.push_back(
      of_script("cut in the headers", {ErrorKind::connection}, dialect, {{"ok", "x"}, {"cutAt", 30}}));
  faults.push_back(of_script("cut", {ErrorKind::connection}, dialect,
                             {{"ok", long_text}, {stream ? "streamCutAfter" : "cutAt", stream ? 2 : 600}}));
  faults.push_back(of_script("reset", {ErrorKind::connection}, dialect, {{"reset", true}}));
  faults.push_back(of_bytes("reset mid-body", {ErrorKind::connection}, [](RawConnection& client) {
    client.write(std::string(kJsonHead) + "Content-Length: 1000\r\n\r\n{\"candidates\"");
    client.reset();
  }));
  for (const char* chunk :
       {"zz\r\n{}\r\n0\r\n\r\n", "-1\r\n{}\r\n", "ffffffffffffffffff\r\n{}\r\n", "2\r\n{}x\r\n0\r\n\r\n"}) {
    faults.push_back(
        of_bytes(std::string("bad chunk ") + chunk[0], {ErrorKind::connection, ErrorKind::malformed_reply},
                 [=](RawConnection& client) {
                   client.write(std::string(kJsonHead) + "Transfer-Encoding: chunked\r\n\r\n" + chunk);
                 }));
  }
  faults.push_back(of_bytes("close without end", {ErrorKind::malformed_reply}, [](RawConnection& client) {
    client.write(std::string(kJsonHead) +
                 "Connection: close\r\n\r\n{\"candidates\": [{\"content\": {\"parts\": [");
  }));
  faults.push_back(of_bytes("no HTTP", {ErrorKind::connection},
                            [](RawConnection& client) { client.write("SSH-2.0-OpenSSH_9.2\r\n\r\n"); }));
}

void add_floods(std::vector<Fault>& faults) {
  const Kinds refused = {ErrorKind::malformed_reply};
  faults.push_back(of_bytes("1 GB body", refused, [](RawConnection& client) {
    client.write(std::string(kJsonHead) + "Content-Length: 1073741824\r\n\r\n");
    const std::string piece(1 << 16, 'x');
    for (int i = 0; i < (1 << 14) && client.write(piece); ++i) {
    }
  }));
  faults.push_back(
      of_bytes("gzip bomb", {ErrorKind::malformed_reply, ErrorKind::connection}, [](RawConnection& client) {
        static const std::string bomb = gzip_bomb();
        client.write(std::string(kJsonHead) +
                     "Content-Encoding: gzip\r\nContent-Length: " + std::to_string(bomb.size()) + "\r\n\r\n");
        client.write(bomb);
      }));
  faults.push_back(of_bytes("endless headers", refused, [](RawConnection& client) {
    client.write(kJsonHead);
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "X-Header-" + std::to_string(i) + ": y\r\n";
    while (client.write(many)) {
    }
  }));
  faults.push_back(of_bytes("an endless header", {ErrorKind::malformed_reply, ErrorKind::connection},
                            [](RawConnection& client) {
                              client.write(std::string(kJsonHead) + "X-Header: ");
                              const std::string piece(1 << 14, 'y');
                              while (client.write(piece)) {
                              }
                            }));
  faults.push_back(of_bytes("an endless chunk size", {ErrorKind::malformed_reply, ErrorKind::connection},
                            [](RawConnection& client) {
                              client.write(std::string(kJsonHead) + "Transfer-Encoding: chunked\r\n\r\n2;");
                              const std::string piece(1 << 14, 'y');
                              while (client.write(piece)) {
                              }
                            }));
}

void add_wrong_bodies(std::vector<Fault>& faults, DialectKind dialect, bool stream) {
  const Kinds malformed = {ErrorKind::malformed_reply};
  const json html = {
      {"status", 200}, {"headers", {{"content-type", "text/html"}}}, {"body", "<html>log in</html>"}};
  faults.push_back(of_script("HTML 200", malformed, dialect, html));
  faults.push_back(
      of_script("an image", malformed, dialect,
                {{"status", 200}, {"headers", {{"content-type", "image/png"}}}, {"body", "PNG\r\n..."}}));
  faults.push_back(of_script(
      "HTML as a stream", malformed, dialect,
      {{"status", 200}, {"headers", {{"content-type", "text/event-stream"}}}, {"body", "<html>x</html>"}}));
  faults.push_back(of_script("invalid UTF-8", malformed, dialect,
                             {{"status", 200}, {"body", "{\"choices\": \"\xff\xfe\"}"}}));
  faults.push_back(
      of_script("the key in the error", {ErrorKind::bad_request}, dialect,
                {{"status", 400}, {"body", {{"error", {{"message", "no use for key-not-real-first"}}}}}}));
  faults.push_back(of_script("nothing", malformed, dialect, {{"status", 200}, {"body", ""}}));
  faults.push_back(
      of_script("JSON of another kind", malformed, dialect, {{"status", 200}, {"body", "[1, 2]"}}));
  faults.push_back(
      of_script("deep JSON", malformed, dialect, {{"status", 200}, {"body", std::string(100'000, '[')}}));
  if (stream) {
    faults.push_back(of_script("an error inside a stream", {ErrorKind::overloaded}, dialect,
                               {{"ok", "some text"}, {"streamError", "overloaded"}}));
    faults.push_back(
        of_script("a stream without an end", malformed, dialect, {{"ok", "some text"}, {"noEnd", true}}));
  }
  faults.push_back(of_script(
      "an error inside a 200", {ErrorKind::overloaded}, dialect,
      {{"status", 200}, {"body", {{"error", {{"message", "overloaded"}, {"type", "overloaded_error"}}}}}}));
}

void add_tls(std::vector<Fault>& faults, const TestAuthority& authority) {
  const auto with_certificate = [&](const char* name, const CertificateOptions& options) {
    faults.push_back({name,
                      {ErrorKind::connection},
                      [&authority, options] {
                        auto server = std::make_shared<TlsStandIn>(authority.issue(options));
                        auto asked = std::make_shared<std::atomic<int>>(0);
                        server->server.Post(
                            ".*", [asked](const httplib::Request&, httplib::Response&) { ++*asked; });
                        server->start();
                        return Peer{server->url(), server, [asked] { return *asked == 0; }};
                      },
                      patient()});
  };
  with_certificate("TLS expired", {"IP:127.0.0.1", -60, false});
  with_certificate("TLS for another host", {"DNS:somewhere.example,IP:127.0.0.2", 3600, false});
  with_certificate("TLS self-signed", {"IP:127.0.0.1", 3600, true});
  Timeouts limits = patient();
  limits.connect = 80ms;
  faults.push_back({"TLS handshake stall",
                    {ErrorKind::connection, ErrorKind::timeout},
                    [] {
                      auto server =
                          std::make_shared<RawServer>([](RawConnection& client) { client.wait_for_end(); });
                      return Peer{"https://127.0.0.1:" + std::to_string(server->port()), server};
                    },
                    limits});
  faults.push_back({"TLS by a server without",
                    {ErrorKind::connection},
                    [] {
                      auto server = std::make_shared<RawServer>(
                          [](RawConnection& client) { client.write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
                      return Peer{"https://127.0.0.1:" + std::to_string(server->port()), server};
                    },
                    patient()});
}

void add_elsewhere(std::vector<Fault>& faults, DialectKind dialect) {
  faults.push_back({"refused",
                    {ErrorKind::connection},
                    [] {
                      return Peer{"http://127.0.0.1:1/v1", nullptr};
                    },
                    patient()});
  faults.push_back({"no such host",
                    {ErrorKind::connection, ErrorKind::timeout},
                    [] {
                      return Peer{"https://no-such-host.invalid/v1", nullptr};
                    },
                    patient()});
  for (const int status : {301, 302, 303, 307, 308}) {
    faults.push_back(
        {"redirect " + std::to_string(status),
         {ErrorKind::connection},
         [=] {
           auto other = std::make_shared<FakeProvider>(
               vendor_of(dialect), fake_script(vendor_of(dialect), json::array({{{"ok", "x"}}})));
           Peer peer = scripted(
               dialect, {{"status", status}, {"headers", {{"location", other->base_url()}}}, {"body", ""}});
           peer.kept_out = [other] { return other->all_bytes().empty(); };
           return peer;
         },
         patient()});
  }
}

void add_statuses(std::vector<Fault>& faults, DialectKind dialect) {
  const ErrorKind throttled =
      dialect == DialectKind::gemini ? ErrorKind::quota_exhausted : ErrorKind::rate_limited;
  const std::pair<int, ErrorKind> rows[] = {
      {400, ErrorKind::bad_request}, {401, ErrorKind::auth_failed}, {402, ErrorKind::billing},
      {403, ErrorKind::auth_failed}, {404, ErrorKind::bad_request}, {408, ErrorKind::timeout},
      {413, ErrorKind::too_large},   {422, ErrorKind::bad_request}, {429, throttled},
      {498, ErrorKind::overloaded},  {500, ErrorKind::overloaded},  {502, ErrorKind::overloaded},
      {503, ErrorKind::overloaded},  {504, ErrorKind::overloaded},  {529, ErrorKind::overloaded}};
  for (const auto& [status, kind] : rows) {
    const json error = {{"error", {{"message", "not today"}, {"code", status}}}};
    faults.push_back(of_script("status " + std::to_string(status), {kind}, dialect,
                               {{"status", status}, {"body", error}}));
    faults.push_back(of_script("status " + std::to_string(status) + " with HTML", {kind}, dialect,
                               {{"status", status}, {"body", "<html>no</html>"}}));
  }
  for (const char* hint : {"0", "1000000000", "Wed, 21 Oct 2099 07:28:00 GMT", "soon", "-5", ""}) {
    for (const int status : {429, 503}) {
      faults.push_back(of_script("status " + std::to_string(status) + " Retry-After: " + hint,
                                 {status == 429 ? throttled : ErrorKind::overloaded}, dialect,
                                 {{"status", status}, {"headers", {{"retry-after", hint}}}, {"body", "{}"}}));
    }
  }
}

void add_presets(std::vector<Fault>& faults, DialectKind dialect) {
  const auto add = [&](const char* preset, ErrorKind kind) {
    faults.push_back(of_script(preset, {kind}, dialect, {{"preset", preset}}));
  };
  add("bad_key", ErrorKind::auth_failed);
  add("overloaded", ErrorKind::overloaded);
  add("model_gone", ErrorKind::model_gone);
  add("billing", ErrorKind::billing);
  add("safety", ErrorKind::refused);
  add("quota_per_minute", ErrorKind::rate_limited);
  if (dialect == DialectKind::anthropic) return;
  add("quota_per_day", ErrorKind::quota_exhausted);
  add("forbidden", ErrorKind::auth_failed);
  add("internal", ErrorKind::overloaded);
  add("too_long", ErrorKind::too_large);
  add("bad_request", ErrorKind::bad_request);
  add("no_end", ErrorKind::malformed_reply);
  if (dialect == DialectKind::gemini) {
    add("region", ErrorKind::auth_failed);
    add("blocked", ErrorKind::refused);
    return;
  }
  add("tokens_per_minute", ErrorKind::too_large);
  add("capacity", ErrorKind::overloaded);
  add("decommissioned", ErrorKind::model_gone);
  add("json_failed", ErrorKind::malformed_reply);
  add("refusal", ErrorKind::refused);
}

}  // namespace

Vendor vendor_of(DialectKind dialect) {
  if (dialect == DialectKind::gemini) return Vendor::gemini;
  return dialect == DialectKind::anthropic ? Vendor::anthropic : Vendor::groq;
}

Peer good_peer(DialectKind dialect) {
  return scripted(dialect, {{"ok", "the good answer"}});
}

std::vector<Fault> all_faults(DialectKind dialect, bool stream, const TestAuthority& authority) {
  std::vector<Fault> faults;
  add_slowness(faults, dialect, stream);
  add_broken_connections(faults, dialect, stream);
  add_floods(faults);
  add_wrong_bodies(faults, dialect, stream);
  add_tls(faults, authority);
  add_elsewhere(faults, dialect);
  add_statuses(faults, dialect);
  add_presets(faults, dialect);
  return faults;
}

}  // namespace autofix::test

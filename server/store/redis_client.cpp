#include "server/store/redis_client.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <hiredis.h>
#include <netdb.h>
#include <openssl/evp.h>

namespace autofix::store {
namespace {

constexpr std::size_t kMaxReplyBytes = 64U << 20U;

std::string sha1(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned at = 0; at < length; ++at) {
    hex += kDigits[digest[at] >> 4U];
    hex += kDigits[digest[at] & 15U];
  }
  return hex;
}

std::string encoded(const RedisCommand& command) {
  std::vector<const char*> arguments;
  std::vector<std::size_t> lengths;
  for (const std::string& argument : command) {
    arguments.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  char* bytes = nullptr;
  const int length =
      redisFormatCommandArgv(&bytes, static_cast<int>(command.size()), arguments.data(), lengths.data());
  if (length < 0) return {};
  std::string text(bytes, static_cast<std::size_t>(length));
  redisFreeCommand(bytes);
  return text;
}

RedisReply value_of(const redisReply& reply) {
  RedisReply value;
  switch (reply.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
      value.kind = RedisReply::Kind::text;
      value.text.assign(reply.str, static_cast<std::size_t>(reply.len));
      break;
    case REDIS_REPLY_INTEGER:
      value.kind = RedisReply::Kind::number;
      value.number = reply.integer;
      break;
    case REDIS_REPLY_ARRAY:
      value.kind = RedisReply::Kind::list;
      for (std::size_t at = 0; at < reply.elements; ++at) value.list.push_back(value_of(*reply.element[at]));
      break;
    default:
      break;
  }
  return value;
}

tl::expected<std::vector<std::string>, std::string> system_look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &first); error != 0) {
    return tl::unexpected<std::string>(gai_strerror(error));
  }
  std::vector<std::string> addresses;
  for (const addrinfo* at = first; at != nullptr; at = at->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(at->ai_addr, at->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0) {
      addresses.emplace_back(text.data());
    }
  }
  freeaddrinfo(first);
  return addresses;
}

void replace_all(std::string& text, const std::string& secret) {
  if (secret.empty()) return;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), "…");
  }
}

}  // namespace

struct RedisClient::Peer {
  explicit Peer(RedisSocket connected) : socket(std::move(connected)) {}
  RedisSocket socket;
  std::unique_ptr<redisReader, void (*)(redisReader*)> reader{redisReaderCreate(), redisReaderFree};
};

RedisClient::RedisClient(RedisOptions options) : options_(std::move(options)) {}

RedisClient::~RedisClient() = default;

void RedisClient::begin() {
  deadline_ = std::chrono::steady_clock::now() + options_.total;
}

bool RedisClient::is_out_of_time() const {
  return std::chrono::steady_clock::now() >= deadline_;
}

RedisSocket::Deadline RedisClient::within(providers::Milliseconds limit) const {
  return std::min<RedisSocket::Deadline>(deadline_, std::chrono::steady_clock::now() + limit);
}

Trouble RedisClient::unreachable(const std::string& why) const {
  return {Trouble::Kind::unreachable,
          "The store at " + options_.endpoint.name() + " cannot be reached: " + why,
          "Start that Redis server, or set store.url."};
}

Trouble RedisClient::refused(const std::string& why) const {
  std::string reason = why;
  replace_all(reason, password_);
  return {Trouble::Kind::refused_login, "The store at " + options_.endpoint.name() + " refused us: " + reason,
          "Check the user and the password in store.url."};
}

tl::expected<RedisReply, NetFault> RedisClient::exchange(const RedisCommand& command,
                                                         RedisSocket::Deadline deadline) {
  error_.reset();
  if (const auto sent = peer_->socket.send_all(encoded(command), deadline); !sent) {
    return tl::unexpected(sent.error());
  }
  std::array<char, 16384> chunk;
  std::size_t total = 0;
  while (true) {
    void* parsed = nullptr;
    if (redisReaderGetReply(peer_->reader.get(), &parsed) != REDIS_OK) {
      return tl::unexpected(NetFault{true, "it does not speak Redis' protocol"});
    }
    if (parsed != nullptr) {
      const std::unique_ptr<redisReply, void (*)(void*)> reply(static_cast<redisReply*>(parsed),
                                                               freeReplyObject);
      RedisReply value = value_of(*reply);
      if (reply->type == REDIS_REPLY_ERROR) error_ = value.text;
      return value;
    }
    const auto count = peer_->socket.receive(chunk, deadline);
    if (!count) return tl::unexpected(count.error());
    total += *count;
    if (total > kMaxReplyBytes) return tl::unexpected(NetFault{true, "its reply is too long"});
    redisReaderFeed(peer_->reader.get(), chunk.data(), *count);
  }
}

tl::expected<RedisSocket, NetFault> RedisClient::open_socket(RedisSocket::Deadline deadline) const {
  const RedisEndpoint& endpoint = options_.endpoint;
  if (!endpoint.socket_path.empty()) return RedisSocket::connect_unix(endpoint.socket_path, deadline);
  const auto addresses =
      options_.look_up ? options_.look_up(endpoint.host, deadline) : system_look_up(endpoint.host);
  if (!addresses) return tl::unexpected(NetFault{false, addresses.error()});
  auto socket = RedisSocket::connect_tcp(*addresses, endpoint.port, deadline);
  if (!socket || !endpoint.tls) return socket;
  if (const auto secured = socket->start_tls({endpoint.host, options_.ca_file}, deadline); !secured) {
    return tl::unexpected(secured.error());
  }
  return socket;
}

Kept<void> RedisClient::connect() {
  const RedisSocket::Deadline deadline = within(options_.connect);
  auto socket = open_socket(deadline);
  if (!socket) return tl::unexpected(unreachable(socket.error().message));
  peer_ = std::make_unique<Peer>(std::move(*socket));
  auto done = log_in(deadline);
  if (!done) peer_.reset();
  return done;
}

Kept<void> RedisClient::log_in(RedisSocket::Deadline deadline) {
  const RedisEndpoint& endpoint = options_.endpoint;
  password_ = endpoint.password;
  if (!endpoint.password_variable.empty()) {
    password_ = options_.secret ? options_.secret(endpoint.password_variable) : std::string();
    if (password_.empty()) {
      return tl::unexpected(Trouble{Trouble::Kind::refused_login,
                                    "The store at " + endpoint.name() +
                                        " was not asked: the environment variable " +
                                        endpoint.password_variable + " that store.url names is not set",
                                    "Set it."});
    }
  }
  std::vector<RedisCommand> commands;
  if (!password_.empty() && endpoint.user.empty()) commands.push_back({"AUTH", password_});
  if (!password_.empty() && !endpoint.user.empty()) commands.push_back({"AUTH", endpoint.user, password_});
  commands.push_back({"SELECT", std::to_string(endpoint.database)});
  for (const RedisCommand& command : commands) {
    const auto reply = exchange(command, deadline);
    if (!reply) return tl::unexpected(unreachable(reply.error().message));
    if (error_) return tl::unexpected(refused(*error_));
  }
  return {};
}

Kept<RedisReply> RedisClient::call(const RedisCommand& command) {
  if (peer_ && peer_->socket.is_closed()) peer_.reset();
  while (true) {
    const bool fresh = !peer_;
    if (fresh) {
      if (const auto connected = connect(); !connected) return tl::unexpected(connected.error());
    }
    auto reply = exchange(command, within(options_.command));
    if (reply && !error_) return std::move(*reply);
    if (reply) {
      if (error_->starts_with("NOAUTH") || error_->starts_with("NOPERM"))
        return tl::unexpected(refused(*error_));
      return tl::unexpected(
          Trouble{Trouble::Kind::server_error,
                  "The store at " + options_.endpoint.name() + " reports an error: " + *error_,
                  "See that server's log."});
    }
    peer_.reset();
    // One that hangs would hang again; one that hung up may have been restarted.
    if (fresh || reply.error().timed_out) return tl::unexpected(unreachable(reply.error().message));
  }
}

Kept<RedisReply> RedisClient::run(const std::string& script, const std::vector<std::string>& keys,
                                  const std::vector<std::string>& arguments) {
  RedisCommand command = {"EVALSHA", sha1(script), std::to_string(keys.size())};
  command.insert(command.end(), keys.begin(), keys.end());
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto reply = call(command);
  if (reply || !error_ || !error_->starts_with("NOSCRIPT")) return reply;
  command[0] = "EVAL";
  command[1] = script;
  return call(command);
}

}  // namespace autofix::store

#include "tests/server/store/store_rig.h"

#include <arpa/inet.h>
#include <csignal>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace autofix::test {
namespace {

constexpr const char* kRedis = "/usr/bin/redis-server";

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(socket, generic, length) != 0 || getsockname(socket, generic, &length) != 0) {
    throw std::runtime_error("no free port");
  }
  close(socket);
  return ntohs(address.sin_port);
}

}  // namespace

providers::Now HandClock::now() const {
  const std::chrono::seconds passed(passed_.load());
  return {start_.wall + passed, start_.steady + passed};
}

std::function<void(std::string)> Notes::writer() const {
  return [list = list_](std::string notice) {
    const std::lock_guard lock(list->mutex);
    list->notices.push_back(std::move(notice));
  };
}

std::vector<std::string> Notes::all() const {
  const std::lock_guard lock(list_->mutex);
  return list_->notices;
}

bool has_redis() {
  return access(kRedis, X_OK) == 0;
}

RedisServer::RedisServer(std::vector<std::string> more) : more_(std::move(more)) {
  start();
}

void RedisServer::start() {
  // Another process may take the port between its choice and its use.
  for (int tries = 0; tries < 5; ++tries) {
    if (port_ == 0) port_ = free_port();
    ChildOptions options;
    options.folder = folder_.path();
    // With TLS the port is the TLS one.
    const bool tls = !more_.empty() && more_.front().starts_with("--tls");
    options.argv = {kRedis,         "--bind", "127.0.0.1",    "--save", "",
                    "--appendonly", "no",     "--unixsocket", "socket", tls ? "--tls-port" : "--port",
                    port()};
    if (tls) options.argv.insert(options.argv.end(), {"--port", "0"});
    options.argv.insert(options.argv.end(), more_.begin(), more_.end());
    process_.emplace(options);
    std::string said;
    char byte = 0;
    while (read(process_->output(), &byte, 1) == 1) {
      said += byte;
      if (said.find("ready to accept connections at") != std::string::npos && byte == '\n') return;
    }
    process_.reset();
    port_ = 0;
  }
  throw std::runtime_error("redis-server does not start");
}

void RedisServer::stop() {
  process_->kill_now(SIGTERM);
  if (process_->wait(10) != 0) throw std::runtime_error("redis-server does not end");
  process_.reset();
}

std::unique_ptr<store::RedisClient> RedisServer::raw_client() const {
  store::RedisOptions options;
  options.endpoint.socket_path = (folder_.path() / "socket").string();
  options.command = options.total = providers::Milliseconds(20'000);
  auto client = std::make_unique<store::RedisClient>(options);
  client->begin();
  return client;
}

std::string everything(store::RedisClient& client) {
  const auto call = [&](const std::vector<std::string>& command) {
    auto reply = client.call(command);
    if (!reply) throw std::runtime_error("redis-server refuses " + command.front());
    return std::move(*reply);
  };
  std::string all;
  const std::function<void(const store::RedisReply&)> add = [&](const store::RedisReply& reply) {
    all += reply.text + "\n";
    for (const store::RedisReply& entry : reply.list) add(entry);
  };
  for (const store::RedisReply& key : call({"KEYS", "*"}).list) {
    const std::string type = call({"TYPE", key.text}).text;
    add(key);
    add(type == "hash"   ? call({"HGETALL", key.text})
        : type == "zset" ? call({"ZRANGE", key.text, "0", "-1"})
                         : call({"GET", key.text}));
  }
  return all;
}

StoreRig::StoreRig(std::string_view implementation) : implementation_(implementation) {
  if (implementation_ == "redis") redis.emplace();
}

store::StoreOptions StoreRig::options() const {
  store::StoreOptions options;
  options.url = redis ? redis->socket_url() : implementation_ + ":";
  options.state_folder = folder.path() / "state" / "autofix";
  options.cache_shared = true;
  options.notice = notes.writer();
  options.clock = clock;
  // Sanitizers on a busy machine must not look like a server that hangs.
  options.limits.busy = options.limits.connect = options.limits.command = options.limits.total =
      providers::Milliseconds(60'000);
  return options;
}

Forked::Forked(const std::function<int()>& body) : pid_(fork()) {
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ > 0) return;
  int code = 255;
  try {
    code = body();
  } catch (...) {
    code = 255;
  }
  _exit(code);
}

Forked::~Forked() {
  if (pid_ > 0) kill_now();
}

int Forked::wait() {
  int status = 0;
  if (waitpid(pid_, &status, 0) != pid_) throw std::runtime_error("waitpid");
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Forked::kill_now() {
  kill(pid_, SIGKILL);
  wait();
}

fix::CachedFix cached(const std::string& key, const std::string& reply, providers::WallTime stored) {
  return {key, "groq", "some-model", reply, stored};
}

fix::LoggedFix logged(const std::string& link, providers::WallTime at) {
  fix::LoggedFix fix;
  fix.at = at;
  fix.link = link;
  return fix;
}

std::string plus_one(std::string_view document) {
  return std::to_string(document.empty() ? 1 : std::stoi(std::string(document)) + 1);
}

std::string read_one(const store::Store& store, const std::string& key) {
  return store.documents->read(std::vector<std::string>{key}).at(0);
}

std::string write_one(const store::Store& store, const std::string& key, const std::string& bytes) {
  return store.documents->update(key, [&](std::string_view) { return bytes; });
}

}  // namespace autofix::test

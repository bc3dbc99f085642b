#include "tests/e2e/shared/fleet.h"

#include <csignal>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>

#include "tests/support/catch.h"

namespace autofix::test {

using nlohmann::json;

SharedStore::SharedStore(const std::string& implementation) : state_(folder_.path() / "state" / "autofix") {
  if (implementation == "redis") redis_ = std::make_unique<RedisServer>();
}

store::Store SharedStore::open() const {
  store::StoreOptions options;
  options.url = url();
  options.state_folder = state_;
  options.limits.busy = options.limits.connect = options.limits.command = options.limits.total =
      providers::Milliseconds(60'000);
  return store::open_store(options);
}

std::string SharedStore::document(const std::string& key) const {
  return read_one(open(), key);
}

bool redis_is_missing() {
  if (has_redis()) return false;
  WARN("TEST SKIPPED: there is no /usr/bin/redis-server (package redis-server)");
  return true;
}

Member::Member(const json& config) {
  ChildOptions options;
  options.argv = {CHAIN_DRIVER, config.dump()};
  options.environment = {{"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C.UTF-8"}};
  process_ = std::make_unique<ChildProcess>(options);
  if (line() != "ready") throw std::runtime_error("chain_driver does not start");
}

void Member::ask() {
  if (write(process_->input(), "\n", 1) != 1) throw std::runtime_error("chain_driver is gone");
  asking_ = true;
}

json Member::answer() {
  json said = json::parse(line());
  asking_ = false;
  return said;
}

std::string Member::line() {
  while (buffer_.find('\n') == std::string::npos) {
    pollfd source{process_->output(), POLLIN, 0};
    if (poll(&source, 1, 60'000) <= 0) throw std::runtime_error("chain_driver hangs");
    char bytes[4096];
    const ssize_t count = read(process_->output(), bytes, sizeof bytes);
    if (count <= 0) throw std::runtime_error("chain_driver ended");
    buffer_.append(bytes, static_cast<std::size_t>(count));
  }
  std::string first = buffer_.substr(0, buffer_.find('\n'));
  buffer_.erase(0, first.size() + 1);
  return first;
}

void Member::kill_now() {
  process_->kill_now(SIGKILL);
  process_->wait();
}

int Member::end() {
  process_->close_input();
  return process_->wait(60);
}

std::vector<Member*> answered(std::vector<Member>& members, std::chrono::microseconds time) {
  std::vector<pollfd> sources;
  for (const Member& member : members) sources.push_back({member.output(), POLLIN, 0});
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const timespec wait{seconds.count(), std::chrono::nanoseconds(time - seconds).count()};
  std::vector<Member*> ready;
  if (ppoll(sources.data(), sources.size(), &wait, nullptr) <= 0) return ready;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].revents != 0) ready.push_back(&members[i]);
  }
  return ready;
}

json config_of(const SharedStore& store, const json& links) {
  return {{"store", store.url()}, {"state", store.state().string()}, {"links", links}};
}

json link(const std::string& name, const std::string& base_url) {
  return {{"name", name}, {"baseUrl", base_url}};
}

Trail trail_of(const json& answer) {
  INFO(answer.dump());
  CHECK(answer.at("notices").empty());
  return answer.at("trail").get<Trail>();
}

}  // namespace autofix::test

#include "tests/support/fake_provider.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/vendor_shapes.h"
#include "tests/support/vendor_streams.h"

namespace autofix::test {
namespace {

using nlohmann::json;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The request that stands whole at the front of `buffer`, taken off it.
std::optional<RecordedRequest> take_request(std::string& buffer) {
  const std::size_t end = buffer.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  RecordedRequest request;
  const std::string head = buffer.substr(0, end);
  const std::string line = head.substr(0, head.find("\r\n"));
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first + 1);
  request.method = line.substr(0, first);
  request.path = line.substr(first + 1, second - first - 1);
  for (std::size_t at = head.find("\r\n"); at != std::string::npos;) {
    const std::size_t next = head.find("\r\n", at + 2);
    const std::string field = head.substr(at + 2, next == std::string::npos ? next : next - at - 2);
    const std::size_t colon = field.find(':');
    if (colon != std::string::npos)
      request.headers[lower(field.substr(0, colon))] = trimmed(field.substr(colon + 1));
    at = next;
  }
  std::size_t length = 0;
  if (const auto header = request.headers.find("content-length"); header != request.headers.end()) {
    length = std::stoul(header->second);
  }
  if (buffer.size() < end + 4 + length) return std::nullopt;
  request.body = buffer.substr(end + 4, length);
  request.bytes = buffer.substr(0, end + 4 + length);
  buffer.erase(0, end + 4 + length);
  return request;
}

/// False at the end, on an error, or when `end_event` fires.
bool readable(int socket, int end_event, int timeout = -1) {
  std::array<pollfd, 2> sources = {pollfd{socket, POLLIN, 0}, pollfd{end_event, POLLIN, 0}};
  if (poll(sources.data(), sources.size(), timeout) <= 0) return false;
  return sources[1].revents == 0;
}

std::string head_of(const FakeStep& step) {
  std::string head = "HTTP/1.1 " + std::to_string(step.status) + " Status\r\n";
  for (const auto& [name, value] : step.headers) head += name + ": " + value + "\r\n";
  return head;
}

/// The reply as it goes over the wire. A stream's events are chunks of their own; `stop_at`: where to stop.
struct Wire {
  std::string bytes;
  std::optional<std::size_t> stop_at;
};

Wire plain_reply(const FakeStep& step) {
  Wire wire;
  wire.bytes = head_of(step);
  const bool has_length = std::ranges::any_of(step.headers, [](const auto& header) {
    return lower(header.first) == "content-length" || lower(header.first) == "transfer-encoding";
  });
  if (!has_length) wire.bytes += "content-length: " + std::to_string(step.body.size()) + "\r\n";
  wire.bytes += "\r\n" + step.body;
  wire.stop_at = step.stall_after ? step.stall_after : step.cut_at;
  return wire;
}

Wire streamed_reply(FakeStep step, const std::vector<std::string>& events) {
  std::erase_if(step.headers, [](const auto& header) { return lower(header.first) == "content-type"; });
  Wire wire;
  wire.bytes = head_of(step) + "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
  const std::optional<std::size_t> last = step.stall_after ? step.stall_after : step.stream_cut_after;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (last == i) wire.stop_at = wire.bytes.size();
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", events[i].size());
    wire.bytes += size + events[i] + "\r\n";
  }
  if (last && !wire.stop_at) wire.stop_at = wire.bytes.size();
  wire.bytes += "0\r\n\r\n";
  if (step.cut_at) wire.stop_at = step.cut_at;
  return wire;
}

}  // namespace

std::optional<Vendor> vendor_named(const std::string& name) {
  if (name == "gemini") return Vendor::gemini;
  if (name == "groq") return Vendor::groq;
  if (name == "openai") return Vendor::openai;
  if (name == "anthropic") return Vendor::anthropic;
  return std::nullopt;
}

FakeStep fake_step(Vendor vendor, const json& item) {
  FakeStep step;
  if (item.contains("ok")) {
    const json& text = item["ok"];
    step = ok_step(vendor, text.is_string() ? text.get<std::string>() : text.dump());
  } else if (item.contains("preset")) {
    step = preset_step(vendor, item["preset"].get<std::string>(), item);
  } else {
    const json body = item.value("body", json(""));
    step.body = body.is_string() ? body.get<std::string>() : body.dump();
  }
  step.status = item.value("status", step.status);
  const json headers = item.value("headers", json::object());
  for (const auto& [name, value] : headers.items()) {
    step.headers.emplace_back(name, value.get<std::string>());
  }
  step.delay = std::chrono::milliseconds(item.value("delayMs", 0));
  step.trickle = std::chrono::milliseconds(item.value("trickleMs", 0));
  if (item.contains("cutAt")) step.cut_at = item["cutAt"].get<std::size_t>();
  step.stall = item.value("stall", step.stall);
  step.reset = item.value("reset", step.reset);
  step.hold = item.value("hold", false);
  if (item.contains("pool")) step.request_pool = item["pool"].get<int>();
  if (item.contains("stallAfter")) step.stall_after = item["stallAfter"].get<std::size_t>();
  step.stream = item.value("stream", true);
  if (item.contains("streamCutAfter")) step.stream_cut_after = item["streamCutAfter"].get<std::size_t>();
  step.stream_error = item.value("streamError", std::string());
  step.no_end = item.value("noEnd", false);
  return step;
}

std::vector<FakeStep> fake_script(Vendor vendor, const json& items) {
  std::vector<FakeStep> steps;
  for (const json& item : items) steps.push_back(fake_step(vendor, item));
  return steps;
}

FakeProvider::FakeProvider(Vendor vendor, std::vector<FakeStep> steps)
    : vendor_(vendor), steps_(std::move(steps)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no loopback port");
  }
  port_ = ntohs(address.sin_port);
  end_event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  acceptor_ = std::thread([this] { accept_all(); });
}

FakeProvider::~FakeProvider() {
  release();
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(end_event_, &one, sizeof one);
  acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
  close(listener_);
  close(end_event_);
}

std::string FakeProvider::base_url() const {
  const std::string origin = "http://127.0.0.1:" + std::to_string(port_);
  switch (vendor_) {
    case Vendor::gemini:
      return origin + "/v1beta";
    case Vendor::groq:
      return origin + "/openai/v1";
    case Vendor::openai:
    case Vendor::anthropic:
      break;
  }
  return origin + "/v1";
}

void FakeProvider::accept_all() {
  while (readable(listener_, end_event_)) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    const std::lock_guard lock(mutex_);
    connections_.emplace_back([this, socket] {
      serve(socket);
      close(socket);
    });
  }
}

void FakeProvider::serve(int socket) {
  std::string buffer;
  std::array<char, 65536> chunk;
  while (readable(socket, end_event_)) {
    const ssize_t count = recv(socket, chunk.data(), chunk.size(), 0);
    if (count <= 0) return;
    const std::string_view bytes(chunk.data(), static_cast<std::size_t>(count));
    buffer += bytes;
    {
      const std::lock_guard lock(mutex_);
      all_bytes_ += bytes;
    }
    // Clients that send large bodies wait for this first.
    if (buffer.find("100-continue") != std::string::npos && buffer.ends_with("\r\n\r\n")) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      send(socket, kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
    }
    while (auto request = take_request(buffer)) {
      if (!answer(socket, std::move(*request))) return;
    }
  }
}

FakeStep FakeProvider::step_for(const RecordedRequest& request) {
  // Somebody opens a connection ahead of need.
  if (request.method == "HEAD") return preset_step(vendor_, "html", {});
  if (is_model_list(request)) return model_list_step(vendor_);
  if (auto refusal = refusal_of(vendor_, request)) return *refusal;
  const std::lock_guard lock(mutex_);
  if (steps_.empty()) return preset_step(vendor_, "html", {});
  const FakeStep& step = steps_[std::min(next_step_, steps_.size() - 1)];
  ++next_step_;
  if (!step.request_pool) return step;
  return pooled_step(vendor_, step, *step.request_pool, *step.request_pool - ++taken_from_pool_);
}

bool FakeProvider::answer(int socket, RecordedRequest request) {
  const FakeStep step = step_for(request);
  const bool streams =
      step.is_completion && step.status == 200 && step.stream && wants_stream(vendor_, request);
  Wire wire = streams ? streamed_reply(step, stream_events(vendor_, step, request)) : plain_reply(step);
  const bool body_wanted = request.method != "HEAD";
  if (body_wanted && !is_model_list(request)) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    ++statuses_[step.status];
    changed_.notify_all();
  }
  if (!body_wanted) wire.bytes.resize(wire.bytes.find("\r\n\r\n") + 4);
  if (step.stall) {
    wait_for_hang_up(socket);
    return false;
  }
  if (step.hold) wait_for_release();
  if (step.delay.count() > 0) {
    pollfd source{end_event_, POLLIN, 0};
    if (poll(&source, 1, static_cast<int>(step.delay.count())) != 0) return false;
  }
  if (step.reset) {
    const linger now{1, 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    return false;
  }
  if (!write_bytes(socket, step, wire.bytes.substr(0, wire.stop_at.value_or(std::string::npos))))
    return false;
  if (step.stall_after) wait_for_hang_up(socket);
  return !wire.stop_at;
}

void FakeProvider::wait_for_hang_up(int socket) {
  // Reading ends when the client hangs up, or when this stand-in does.
  char byte = 0;
  const bool gone = readable(socket, end_event_) && recv(socket, &byte, 1, 0) <= 0;
  if (!gone) return;
  const std::lock_guard lock(mutex_);
  ++hang_ups_;
  changed_.notify_all();
}

void FakeProvider::wait_for_release() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return released_; });
}

bool FakeProvider::write_bytes(int socket, const FakeStep& step, const std::string& bytes) {
  const std::size_t piece = step.trickle.count() > 0 ? 1 : bytes.size();
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (step.trickle.count() > 0) {
      pollfd source{end_event_, POLLIN, 0};
      if (poll(&source, 1, static_cast<int>(step.trickle.count())) != 0) return false;
    }
    for (std::size_t done = 0; done < piece && at + done < bytes.size();) {
      const ssize_t count = send(socket, bytes.data() + at + done,
                                 std::min(piece - done, bytes.size() - at - done), MSG_NOSIGNAL);
      if (count <= 0) return false;
      done += static_cast<std::size_t>(count);
    }
  }
  return true;
}

std::vector<RecordedRequest> FakeProvider::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void FakeProvider::release() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

void FakeProvider::refill() {
  const std::lock_guard lock(mutex_);
  taken_from_pool_ = 0;
}

std::size_t FakeProvider::answered_with(int status) const {
  const std::lock_guard lock(mutex_);
  const auto known = statuses_.find(status);
  return known == statuses_.end() ? 0 : known->second;
}

std::string FakeProvider::all_bytes() const {
  const std::lock_guard lock(mutex_);
  return all_bytes_;
}

bool FakeProvider::wait_for_requests(std::size_t count, std::chrono::milliseconds time) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [&] { return requests_.size() >= count; });
}

bool FakeProvider::wait_for_hang_ups(std::size_t count, std::chrono::milliseconds time) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [&] { return hang_ups_ >= count; });
}

}  // namespace autofix::test

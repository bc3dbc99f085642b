// The right to answer one request, once.
#pragma once

#include <string>
#include <utility>

#include "protocol/json_rpc.h"
#include "protocol/transport.h"

namespace autofix::protocol {

/// Move-only. Whoever holds it owes the reply; dropped without one, it answers with an internal error, so
/// that a client never waits for nothing. May be used on any thread.
class ReplyOnce {
 public:
  ReplyOnce(Sender& sender, Json id) : sender_(&sender), id_(std::move(id)) {}
  ReplyOnce(ReplyOnce&& other) noexcept
      : sender_(std::exchange(other.sender_, nullptr)), id_(std::move(other.id_)) {}
  ReplyOnce& operator=(ReplyOnce&& other) noexcept {
    std::swap(sender_, other.sender_);
    std::swap(id_, other.id_);
    return *this;
  }
  ReplyOnce(const ReplyOnce&) = delete;
  ReplyOnce& operator=(const ReplyOnce&) = delete;
  ~ReplyOnce() {
    if (sender_ != nullptr) {
      (*this)(
          tl::unexpected(ResponseError{ErrorCode::internal_error, "the request ended without an answer"}));
    }
  }

  void operator()(Outcome outcome) {
    if (Sender* sender = std::exchange(sender_, nullptr)) sender->send(encode_response(id_, outcome));
  }

  const Json& id() const { return id_; }
  bool answered() const { return sender_ == nullptr; }

 private:
  Sender* sender_;
  Json id_;
};

}  // namespace autofix::protocol

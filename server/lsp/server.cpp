#include "server/lsp/server.h"

#include <spdlog/spdlog.h>

#include "server/lsp/context.h"

namespace autofix::lsp {
namespace {

using protocol::ErrorCode;
using protocol::ResponseError;

class LanguageServer {
 public:
  explicit LanguageServer(const ServerOptions& options)
      : transport_(options.input, options.output), server_(options, transport_), log_(*options.log) {
    register_lifecycle(methods_, server_);
    register_sync(methods_, server_);
    register_code_actions(methods_, server_);
    register_commands(methods_, server_);
    register_problems(methods_, server_);
    register_reports(methods_, server_);
    register_status(methods_, server_);
  }

  int run() {
    while (true) {
      protocol::Transport::Event event = transport_.next();
      if (std::holds_alternative<protocol::Transport::Closed>(event)) break;
      if (std::holds_alternative<protocol::Transport::Woken>(event)) {
        server_.run_posted();
      } else if (const auto* broken = std::get_if<protocol::FrameError>(&event)) {
        log_.warn("a broken frame: {}", broken->message);
        refuse(nullptr, {ErrorCode::parse_error, broken->message});
      } else if (take(std::get<std::string>(event))) {
        end();
        return server_.shutting_down ? 0 : 1;
      }
    }
    end();
    return 1;
  }

 private:
  void refuse(const protocol::Json& id, ResponseError error) {
    transport_.send(protocol::encode_response(id, tl::unexpected(std::move(error))));
  }

  /// True when the client said `exit`.
  bool take(const std::string& body) {
    auto message = protocol::parse_message(body);
    if (!message) {
      log_.warn("a bad message: {}", message.error().error.message);
      refuse(message.error().id, message.error().error);
      return false;
    }
    try {
      if (message->is_response()) {
        server_.answered(*message->id, std::move(message->outcome));
      } else if (message->is_request()) {
        request(*message);
      } else {
        return notification(*message);
      }
    } catch (const std::exception& fault) {
      log_.error("{}: {}", message->method, fault.what());
    }
    return false;
  }

  void request(const protocol::Message& message) {
    protocol::ReplyOnce reply(transport_, *message.id);
    const auto refused = [&](ErrorCode code, std::string why) {
      reply(tl::unexpected(ResponseError{code, std::move(why)}));
    };
    if (server_.shutting_down) return refused(ErrorCode::invalid_request, "the server is shutting down");
    if (!methods_.has_request(message.method)) {
      return refused(ErrorCode::method_not_found, "unknown method: " + message.method.substr(0, 200));
    }
    const bool is_initialize = message.method == "initialize";
    if (!server_.initialized && !is_initialize) {
      return refused(ErrorCode::server_not_initialized, "initialize comes first");
    }
    if (server_.initialized && is_initialize)
      return refused(ErrorCode::invalid_request, "initialized already");
    methods_.dispatch_request(message.method, message.params, reply);
  }

  bool notification(const protocol::Message& message) {
    if (message.method == "exit") return true;
    if (!server_.initialized || server_.shutting_down) return false;
    const std::string error = methods_.dispatch_notification(message.method, message.params);
    if (!error.empty()) {
      log_.warn("{}: {}", message.method, error);
      server_.show_message(1, "autofix: " + message.method + ": " + error);
    }
    return false;
  }

  void end() {
    for (auto& [session, fix] : server_.running) {
      fix.stop.request_stop();
      if (fix.reply) {
        (*fix.reply)(
            tl::unexpected(ResponseError{ErrorCode::request_cancelled, "the server is shutting down"}));
      }
    }
  }

  protocol::Transport transport_;
  ServerContext server_;
  protocol::MethodTable methods_;
  spdlog::logger& log_;
};

}  // namespace

int run_server(const ServerOptions& options) {
  return LanguageServer(options).run();
}

}  // namespace autofix::lsp

// workspace/executeCommand, and the requests that do the same without the menu.
#include <algorithm>
#include <spdlog/spdlog.h>

#include "protocol/uri.h"
#include "server/config/trust.h"
#include "server/lsp/context.h"
#include "server/lsp/fix_command.h"

namespace autofix::lsp {
namespace {

using protocol::ErrorCode;
using protocol::ExecuteCommandParams;
using protocol::Json;
using protocol::ReplyOnce;
using protocol::ResponseError;

void refuse(ReplyOnce& reply, std::string why) {
  reply(tl::unexpected(ResponseError{ErrorCode::invalid_params, std::move(why)}));
}

Json first_argument(const ExecuteCommandParams& params) {
  return params.arguments.empty() ? Json::object() : params.arguments.front();
}

void run_fix(ServerContext& server, ExecuteCommandParams params, ReplyOnce reply) {
  FixCall call;
  call.token = params.workDoneToken;
  start_fix(server, first_argument(params), std::move(call), std::move(reply));
}

void select_provider(ServerContext& server, ExecuteCommandParams params, ReplyOnce reply) {
  const Json argument = first_argument(params);
  const Json name = argument.is_object() ? argument.value("provider", Json()) : argument;
  if (!name.is_string()) return refuse(reply, "argument.provider: a link's name or \"auto\" is expected");
  const std::string wanted = name.get<std::string>();
  if (wanted != "auto") {
    const auto has = [&](Folder& folder) {
      const std::vector<std::string> names = server.engine_of(folder).chain().link_names();
      return std::ranges::find(names, wanted) != names.end();
    };
    const bool known = has(server.no_folder) || std::ranges::any_of(server.folders, has);
    if (!known) return refuse(reply, "no link of the chain is called " + wanted);
  }
  server.selected_provider = wanted == "auto" ? "" : wanted;
  reply(Json{{"provider", wanted}});
  publish_status(server);
}

void retry(ServerContext& server, ExecuteCommandParams params, ReplyOnce reply) {
  const Json argument = first_argument(params);
  const Json session = argument.is_object() ? argument.value("sessionId", Json()) : Json();
  FixCall call;
  call.token = params.workDoneToken;
  std::optional<ReplyOnce> owed = std::move(reply);
  if (session.is_string() && start_retry(server, session.get<std::string>(), std::move(call), owed)) return;
  refuse(*owed, "argument.sessionId: no fix of this session is known");
}

void show_prompt(ServerContext& server, ExecuteCommandParams params, ReplyOnce reply) {
  start_preview(server, first_argument(params), std::move(reply));
}

void clear_cache(ServerContext& server, ExecuteCommandParams, ReplyOnce reply) {
  // All engines of a process share one store; waiting for it is not the reader thread's business.
  std::shared_ptr<fix::FixCache> cache = server.engine_of(server.no_folder).memory().cache;
  if (!cache) return reply(Json{{"cleared", 0}});
  auto owed = std::make_shared<ReplyOnce>(std::move(reply));
  server.lookups.run([&server, cache, owed] {
    const int count = cache->clear();
    server.post([owed, count] { (*owed)(Json{{"cleared", count}}); });
  });
}

void trust(ServerContext& server, ExecuteCommandParams params, ReplyOnce reply) {
  const Json argument = first_argument(params);
  const Json uri = argument.is_object() ? argument.value("uri", Json()) : argument;
  Folder* folder = server.folders.size() == 1 ? &server.folders.front() : nullptr;
  if (uri.is_string()) {
    const auto path = protocol::path_of_file_uri(uri.get<std::string>());
    folder = path ? &server.folder_of(*path + "/x") : nullptr;
    if (folder == &server.no_folder) folder = nullptr;
  }
  if (folder == nullptr) return refuse(reply, "argument.uri: a workspace folder is expected");
  const std::string root = folder->root.string();
  auto owed = std::make_shared<ReplyOnce>(std::move(reply));
  server.ask("window/showMessageRequest",
             {{"type", 2},
              {"message",
               "Trust " + root + "? Its .autofix.json may then run commands, and its .env may hold keys."},
              {"actions", {{{"title", "Trust"}}, {{"title", "Cancel"}}}}},
             [&server, root, owed](const protocol::Outcome& outcome) {
               const bool yes = outcome && outcome->is_object() && outcome->value("title", Json()) == "Trust";
               if (!yes) return (*owed)(Json{{"trusted", false}});
               const auto stored = config::set_trusted(root, server.options.environment);
               if (!stored) {
                 return (*owed)(tl::unexpected(ResponseError{ErrorCode::internal_error, stored.error()}));
               }
               for (Folder& known : server.folders) {
                 if (known.root.string() == root) server.load_configuration(known);
               }
               watch_reports(server);
               (*owed)(Json{{"trusted", true}});
             });
}

struct Command {
  const char* name;
  void (*run)(ServerContext&, ExecuteCommandParams, ReplyOnce);
};

constexpr Command kCommands[] = {
    {"autofix.fix", run_fix},
    {"autofix.selectProvider", select_provider},
    {"autofix.retry", retry},
    {"autofix.showPrompt", show_prompt},
    {"autofix.clearCache", clear_cache},
    {"autofix.trust", trust},
};

void execute(ServerContext& server, ExecuteCommandParams params, ReplyOnce reply) {
  for (const Command& command : kCommands) {
    if (params.command == command.name) return command.run(server, std::move(params), std::move(reply));
  }
  refuse(reply, "unknown command: " + params.command.substr(0, 200));
}

}  // namespace

void register_commands(protocol::MethodTable& methods, ServerContext& server) {
  methods.request<ExecuteCommandParams>("workspace/executeCommand",
                                        [&server](ExecuteCommandParams params, ReplyOnce reply) {
                                          execute(server, std::move(params), std::move(reply));
                                        });
  methods.request<protocol::AnyParams>("autofix/fix", [&server](protocol::AnyParams params, ReplyOnce reply) {
    FixCall call;
    call.delivery = FixCall::Delivery::result;
    if (params.value.is_object()) call.token = params.value.value("workDoneToken", Json());
    start_fix(server, std::move(params.value), std::move(call), std::move(reply));
  });
  methods.request<protocol::AnyParams>("autofix/preview",
                                       [&server](const protocol::AnyParams& params, ReplyOnce reply) {
                                         start_preview(server, params.value, std::move(reply));
                                       });
}

}  // namespace autofix::lsp

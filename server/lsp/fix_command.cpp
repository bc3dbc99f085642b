#include "server/lsp/fix_command.h"

#include <spdlog/spdlog.h>

#include "server/lsp/earlier_try.h"
#include "server/lsp/fix_job.h"
#include "server/lsp/fix_progress.h"
#include "server/lsp/tell_outcome.h"

namespace autofix::lsp {
namespace {

using protocol::ErrorCode;
using protocol::Json;
using protocol::ReplyOnce;
using protocol::ResponseError;

constexpr std::size_t kMostPast = 50;

/// Everything that a fix is while it runs, shared by the worker and the reader thread one after the other.
struct Run {
  std::string session;
  std::string text;  ///< of the document that the argument speaks of, when the run began
  FixJob job;
  FixCall call;
  Json argument;
  std::shared_ptr<FixProgress> progress;
  std::string link_asked;  ///< reader thread only
  fix::FixResult result;
};

/// With the request's own token, or with one that the client agreed to.
std::shared_ptr<FixProgress> begin_progress(ServerContext& server, Json& token) {
  constexpr const char* kTitle = "Auto-fix with AI";
  if (!token.is_null()) {
    auto progress = std::make_shared<FixProgress>(server.transport, token);
    progress->begin(kTitle);
    return progress;
  }
  if (!server.client.work_done_progress) return nullptr;
  token = "autofix/" + std::to_string(server.next_token++);
  auto progress = std::make_shared<FixProgress>(server.transport, token);
  server.ask("window/workDoneProgress/create", {{"token", token}},
             [progress](const protocol::Outcome& outcome) {
               if (outcome) progress->begin(kTitle);
             });
  return progress;
}

void add_notes(Run& run) {
  for (const std::string& path : run.job.note_paths) {
    if (auto text = run.job.request.files->read(path))
      run.job.request.notes.push_back({path, std::move(*text)});
  }
}

/// On the worker: whether files that are not open are still what the fix was made from.
bool disk_is_unchanged(const Run& run) {
  if (!run.result.patch || !run.job.on_disk) return true;
  const auto disk = fix::make_disk_files(run.job.root, {});
  for (const fix::FileChange& change : run.result.patch->files) {
    if (run.job.open_uris.contains(change.path)) continue;
    const auto now = disk->read(change.path);
    if (change.kind == fix::ChangeKind::create ? now && !now->empty() : !now || *now != change.before)
      return false;
  }
  return true;
}

/// On the reader thread: the same for what is open.
bool documents_are_unchanged(const ServerContext& server, const Run& run) {
  for (const fix::FileChange& change : run.result.patch->files) {
    const auto uri = run.job.open_uris.find(change.path);
    if (uri == run.job.open_uris.end()) continue;
    const text::Document* document = server.documents.find(uri->second);
    if (document == nullptr || document->text != change.before) return false;
  }
  return true;
}

void remember(ServerContext& server, const Run& run) {
  while (server.past.size() >= kMostPast)
    server.past.erase(
        std::ranges::min_element(server.past, {}, [](const auto& past) { return past.second.number; }));
  std::string did = run.result.summary;
  const auto& shown = run.result.patch ? run.result.patch : run.result.rejected;
  if (shown) did += "\n" + fix::unified_diff(*shown);
  // Nothing is wrong with a fix that only came too late.
  if (run.result.reason == "stale_document" || run.result.reason == "client_refused") did.clear();
  server.past[run.session] = {server.next_past++, run.argument, run.text, std::move(did)};
}

void finish(ServerContext& server, Run& run) {
  if (run.progress) run.progress->end();
  remember(server, run);
  note_fallback(server, run.result);
  for (const std::string& notice : run.result.notices) {
    if (server.told.insert(notice).second) server.show_message(2, "autofix: " + notice);
  }
  server.sessions.end(run.session, run.result);
  const auto running = server.running.find(run.session);
  if (running == server.running.end()) return;
  std::optional<ReplyOnce> reply = std::move(running->second.reply);
  server.running.erase(running);
  if (run.call.delivery != FixCall::Delivery::result) tell_outcome(server, run.session, run.result);
  if (reply) {
    Json value = fix::result_json(run.result, run.job.style);
    if (run.call.delivery == FixCall::Delivery::resolve) {
      if (run.result.applied == true) run.call.action["edit"] = value["edit"];
      value = std::move(run.call.action);
    }
    (*reply)(std::move(value));
  }
  publish_status(server);
}

void not_applied(fix::FixResult& result, const char* reason, std::string message) {
  result.applied = false;
  result.reason = reason;
  result.message = std::move(message);
}

/// Whether the edit can be handed over at all; says why not in the result.
bool may_apply(const ServerContext& server, Run& run) {
  fix::FixResult& result = run.result;
  if (!documents_are_unchanged(server, run)) {
    not_applied(result, "stale_document",
                "The document changed while the fix was made; nothing was applied.");
    return false;
  }
  if (run.call.delivery == FixCall::Delivery::resolve) {
    if (!fix::needs_confirmation(*result.patch) || server.client.change_annotations) return true;
    not_applied(result, "needs_confirmation", "The fix needs your word, for which this editor has no way.");
    return false;
  }
  if (!server.client.apply_edit) {
    not_applied(result, "no_apply_edit",
                "This editor applies no edits for servers; the edit is in the result.");
    return false;
  }
  if (fix::needs_confirmation(*result.patch) && !server.client.change_annotations) {
    not_applied(result, "needs_confirmation", "The fix needs your word, for which this editor has no way.");
    return false;
  }
  return true;
}

/// The documents have changed already when the client says so: what speaks of them from now on settles the
/// session.
void expect_diagnostics_of_new_versions(ServerContext& server, const Run& run) {
  for (const auto& [path, uri] : run.job.open_uris) {
    if (const text::Document* document = server.documents.find(uri)) {
      server.sessions.applied(run.session, uri, document->version);
    }
  }
}

/// Whether the editor shows the edit first and asks.
bool waits_for_word(const ServerContext& server, const Run& run) {
  return server.client.change_annotations &&
         (run.job.style.preview || fix::needs_confirmation(*run.result.patch));
}

/// Most editors refuse when the text has moved on while the edit was on its way.
void refused_by_client(const ServerContext& server, Run& run, const protocol::Outcome& outcome) {
  if (!documents_are_unchanged(server, run)) {
    return not_applied(run.result, "stale_document",
                       "The document changed while the edit was on its way; the editor applied nothing.");
  }
  std::string why;
  if (!outcome) {
    why = outcome.error().message;
  } else if (outcome->is_object() && outcome->contains("failureReason") &&
             outcome->at("failureReason").is_string()) {
    why = outcome->at("failureReason").get<std::string>();
  }
  if (outcome && waits_for_word(server, run)) {
    return not_applied(
        run.result, "declined",
        "You did not take the fix" + (why.empty() ? "" : " (" + why + ")") + "; nothing was changed.");
  }
  not_applied(run.result, "client_refused",
              "The editor refused the edit" + (why.empty() ? "." : ": " + why + "."));
}

/// Back on the reader thread.
void deliver(ServerContext& server, const std::shared_ptr<Run>& run) {
  const auto running = server.running.find(run->session);
  const bool cancelled = running == server.running.end() || running->second.stop.stop_requested();
  if (!run->result.patch || cancelled || run->call.delivery == FixCall::Delivery::result) {
    if (run->result.patch && !documents_are_unchanged(server, *run)) {
      not_applied(run->result, "stale_document", "The document changed while the fix was made.");
    }
    return finish(server, *run);
  }
  if (run->result.applied == false || !may_apply(server, *run)) return finish(server, *run);
  if (run->call.delivery == FixCall::Delivery::resolve) {
    run->result.applied = true;
    return finish(server, *run);
  }
  if (waits_for_word(server, *run) && run->progress) run->progress->step("waiting for your word");
  const Json edit = fix::workspace_edit_json(*run->result.patch, run->job.style);
  server.ask("workspace/applyEdit", {{"label", "Auto-fix with AI"}, {"edit", edit}},
             [&server, run](const protocol::Outcome& outcome) {
               const bool applied =
                   outcome && outcome->is_object() && outcome->value("applied", Json()) == true;
               if (applied) {
                 expect_diagnostics_of_new_versions(server, *run);
                 run->result.applied = true;
                 run->result.reason.clear();
               } else {
                 refused_by_client(server, *run, outcome);
               }
               finish(server, *run);
             });
}

Json result_without_run(const NoJob& why, const std::string& session) {
  fix::FixResult result;
  result.status = why.status;
  result.reason = why.reason;
  result.applied = false;
  result.message = why.message;
  result.session_id = session;
  fix::EditStyle style;
  style.uri_of = [](std::string_view path) { return std::string(path); };
  return fix::result_json(result, style);
}

bool has_create(const fix::Patch& patch) {
  for (const fix::FileChange& change : patch.files) {
    if (change.kind == fix::ChangeKind::create) return true;
  }
  return false;
}

/// Null where nothing can prove the fix; the request says why.
std::unique_ptr<fix::Verifier> make_verifier(const ServerContext& server, FixJob& job) {
  if (job.verify.mode == config::Config::Verify::Mode::off || !server.options.make_verifier) return nullptr;
  if (!job.on_disk) {
    job.request.no_verifier = "no_folder: the file belongs to no workspace folder";
    return nullptr;
  }
  fix::VerifierWish wish;
  wish.root = job.root;
  wish.files = job.request.files;
  wish.unsaved = job.unsaved;
  wish.problems = job.request.problems;
  wish.commands = job.verify.commands;
  wish.sandbox = job.verify.sandbox;
  wish.timeout = job.verify.timeout;
  wish.deadline = job.request.budget.deadline;
  wish.trusted = job.request.trusted;
  auto verifier = server.options.make_verifier(std::move(wish));
  if (verifier) return std::move(*verifier);
  job.request.no_verifier = std::move(verifier.error());
  return nullptr;
}

void work(ServerContext& server, const std::shared_ptr<Run>& run, const std::stop_token& stop) {
  add_notes(*run);
  fix::RequestContext context{run->session, stop, {}};
  context.progress = [&server, run](const fix::Progress& step) {
    if (run->progress) run->progress->step(step.message);
    server.post([&server, run, step] {
      const bool another_link = step.step == fix::Progress::Step::asking && step.link != run->link_asked;
      server.sessions.step(run->session, step);
      if (!another_link) return;
      run->link_asked = step.link;
      publish_status(server);
    });
  };
  const std::unique_ptr<fix::Verifier> verifier = make_verifier(server, run->job);
  run->result = run->job.engine->run(context, run->job.request, verifier.get());
  if (run->result.patch && !disk_is_unchanged(*run)) {
    not_applied(run->result, "stale_document",
                "A file changed on disk while the fix was made; nothing was applied.");
  }
  // Only the older edit form is left, and it cannot create files.
  if (run->result.patch && !run->job.style.document_changes && has_create(*run->result.patch)) {
    not_applied(run->result, "create_refused", "The fix needs a new file, which this editor cannot create.");
  }
  server.post([&server, run] { deliver(server, run); });
}

}  // namespace

void start_fix(ServerContext& server, Json argument, FixCall call, std::optional<ReplyOnce> reply) {
  const auto answer = [&reply](protocol::Outcome outcome) {
    if (reply) (*reply)(std::move(outcome));
  };
  const auto read = read_fix_argument(argument);
  if (!read) return answer(tl::unexpected(ResponseError{ErrorCode::invalid_params, read.error()}));
  const std::string session = "s" + std::to_string(server.next_session++);
  auto job = gather(server, *read);
  if (!job) {
    if (job.error().reason == "invalid_argument") {
      return answer(tl::unexpected(ResponseError{ErrorCode::invalid_params, job.error().message}));
    }
    if (call.delivery != FixCall::Delivery::result) server.show_message(2, "autofix: " + job.error().message);
    if (call.delivery == FixCall::Delivery::resolve) return answer(std::move(call.action));
    return answer(result_without_run(job.error(), session));
  }
  auto run = std::make_shared<Run>();
  run->session = session;
  run->job = std::move(*job);
  run->job.request.earlier_try = call.earlier_try;
  run->argument = std::move(argument);
  if (const text::Document* document = server.documents.find(read->uri)) run->text = document->text;
  RunningFix running;
  if (server.folder_of("").loaded.config.command_reply == "started" &&
      call.delivery == FixCall::Delivery::apply) {
    answer(Json{{"sessionId", session}, {"status", "running"}});
    // The request's own token ends with its answer (LSP 3.17, "Work Done Progress").
    call.token = nullptr;
  } else {
    running.reply = std::move(reply);
  }
  run->progress = begin_progress(server, call.token);
  running.token = call.token;
  running.progress = run->progress;
  run->call = std::move(call);
  server.sessions.begin(session, run->job.request.problems, run->job.style.uri_of);
  const std::stop_token stop = running.stop.get_token();
  server.running.emplace(session, std::move(running));
  server.tasks.run([&server, run, stop] { work(server, run, stop); });
}

bool start_retry(ServerContext& server, const std::string& session, FixCall call,
                 std::optional<ReplyOnce>& reply) {
  const auto past = server.past.find(session);
  if (past == server.past.end()) return false;
  if (!past->second.what_it_did.empty())
    call.earlier_try = describe_earlier_try(server, past->first, past->second);
  start_fix(server, argument_of_retry(server, past->second), std::move(call), std::move(reply));
  return true;
}

void start_preview(ServerContext& server, const Json& argument, ReplyOnce reply) {
  const auto read = read_fix_argument(argument);
  if (!read) return reply(tl::unexpected(ResponseError{ErrorCode::invalid_params, read.error()}));
  auto job = gather(server, *read);
  if (!job) return reply(tl::unexpected(ResponseError{ErrorCode::invalid_params, job.error().message}));
  auto run = std::make_shared<Run>();
  run->job = std::move(*job);
  auto owed = std::make_shared<ReplyOnce>(std::move(reply));
  server.tasks.run([run, owed] {
    add_notes(*run);
    const fix::Preview preview = run->job.engine->preview(run->job.request);
    Json messages = Json::array();
    for (const providers::Message& message : preview.prompt.messages) {
      const bool user = message.role == providers::Message::Role::user;
      messages.push_back({{"role", user ? "user" : "assistant"}, {"text", message.text}});
    }
    (*owed)(Json{{"provider", preview.link.empty() ? Json(nullptr) : Json(preview.link)},
                 {"model", preview.model.empty() ? Json(nullptr) : Json(preview.model)},
                 {"reason", preview.reason.empty() ? Json(nullptr) : Json(preview.reason)},
                 {"files", preview.paths},
                 {"system", preview.prompt.system},
                 {"messages", std::move(messages)}});
  });
}

}  // namespace autofix::lsp

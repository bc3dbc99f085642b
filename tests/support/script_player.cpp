// The steps of a script that do something.
#include "tests/support/script_player.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "protocol/uri.h"

namespace autofix::test {
namespace {

std::string language_of(const std::string& path) {
  static const std::map<std::string, std::string> kLanguages = {
      {".c", "c"},       {".cpp", "cpp"}, {".go", "go"},         {".js", "javascript"}, {".json", "json"},
      {".py", "python"}, {".rs", "rust"}, {".ts", "typescript"}, {".xml", "xml"}};
  const auto found = kLanguages.find(std::filesystem::path(path).extension().string());
  return found == kLanguages.end() ? "plaintext" : found->second;
}

/// What an editor like VS Code says of itself beyond what LspClient says.
void add_usual_capabilities(Json& capabilities) {
  Json& action = capabilities["textDocument"]["codeAction"];
  action["dataSupport"] = true;
  action["resolveSupport"]["properties"] = {"edit"};
  capabilities["textDocument"]["publishDiagnostics"]["relatedInformation"] = true;
  capabilities["window"]["showMessage"]["messageActionItem"]["additionalPropertiesSupport"] = true;
  Json& workspace = capabilities["workspace"];
  workspace["configuration"] = true;
  workspace["workspaceFolders"] = true;
  workspace["didChangeWatchedFiles"] = {{"dynamicRegistration", true}, {"relativePatternSupport", true}};
}

void take_away(Json& capabilities, const std::string& name) {
  const std::size_t dot = name.find('.');
  const std::string key = name.substr(0, dot);
  if (!capabilities.is_object() || !capabilities.contains(key))
    throw std::runtime_error("the client has no capability " + name);
  if (dot == std::string::npos) {
    capabilities.erase(key);
  } else {
    take_away(capabilities[key], name.substr(dot + 1));
  }
}

/// Objects by their keys; everything else, null too, takes the other's place.
void merge(Json& into, const Json& more) {
  if (!into.is_object() || !more.is_object()) {
    into = more;
    return;
  }
  for (const auto& [key, value] : more.items()) merge(into[key], value);
}

bool before(const Json& a, const Json& b) {
  const auto place = [](const Json& at) {
    return std::pair{at.at("line").get<int>(), at.at("character").get<int>()};
  };
  return place(a) < place(b);
}

bool touches(const Json& a, const Json& b) {
  return !before(a.at("end"), b.at("start")) && !before(b.at("end"), a.at("start"));
}

}  // namespace

const std::map<Verb, ScriptPlayer::Play>& ScriptPlayer::table() {
  using Player = ScriptPlayer;
  static const std::map<Verb, Play> kTable = {
      {Verb::initialize, &Player::initialize},
      {Verb::open, &Player::open},
      {Verb::change, &Player::change},
      {Verb::close, &Player::close},
      {Verb::write, &Player::write},
      {Verb::remove, &Player::remove},
      {Verb::diagnostics, &Player::diagnostics},
      {Verb::actions, &Player::actions},
      {Verb::choose, &Player::choose},
      {Verb::fix, &Player::fix},
      {Verb::request, &Player::request},
      {Verb::notify, &Player::notify},
      {Verb::cancel, &Player::cancel},
      {Verb::edits, &Player::edits},
      {Verb::answer, &Player::answer},
      {Verb::configuration, &Player::configuration},
      {Verb::release, &Player::release},
      {Verb::expect_capabilities, &Player::expect_capabilities},
      {Verb::expect_result, &Player::expect_result},
      {Verb::expect_error, &Player::expect_error},
      {Verb::expect_edit, &Player::expect_edit},
      {Verb::expect_message, &Player::expect_message},
      {Verb::expect_session, &Player::expect_session},
      {Verb::expect_progress, &Player::expect_progress},
      {Verb::expect_diagnostics, &Player::expect_diagnostics},
      {Verb::expect_document, &Player::expect_document},
      {Verb::expect_asked, &Player::expect_asked},
      {Verb::expect_notification, &Player::expect_notification},
      {Verb::expect_request, &Player::expect_request},
      {Verb::expect_no_notification, &Player::expect_no_notification},
      {Verb::expect_no_request, &Player::expect_no_request},
  };
  return kTable;
}

Played ScriptPlayer::play(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    try {
      (this->*table().at(step.verb))(step);
    } catch (const std::exception& fault) {
      wrong(step, fault.what());
      break;
    }
  }
  end(steps.back());
  return std::move(played_);
}

void ScriptPlayer::end(const Step& last) {
  if (played_.wrong.empty() && client_.edits_asked != edits_expected_) {
    wrong(last, "at the end: " + std::to_string(client_.edits_asked) + " workspace/applyEdit came, " +
                    std::to_string(edits_expected_) + " were expected");
  }
  // What the editor holds now is what the user would save.
  for (const auto& [uri, document] : client_.documents()) {
    const auto path = protocol::path_of_file_uri(uri);
    if (!path || !std::filesystem::exists(*path)) continue;
    rig_.write(std::filesystem::path(*path).lexically_relative(rig_.project()).string(), document.text);
  }
  if (played_.wrong.empty() && client_.shut_down() != 0) wrong(last, "the server did not end well");
  played_.log = client_.log();
  played_.output = client_.received();
}

void ScriptPlayer::initialize(const Step& step) {
  const Json result = client_.initialize([&](Json& params) {
    add_usual_capabilities(params["capabilities"]);
    for (const auto& [option, name] : step.options) take_away(params["capabilities"], name);
    if (step.json) merge(params, Json(placed(*step.json)));
  });
  capabilities_ = result.at("capabilities");
}

void ScriptPlayer::open(const Step& step) {
  const auto known = files_.find(step.path);
  const std::string text = step.text_below         ? placed(*step.text_below)
                           : known == files_.end() ? rig_.read(step.path)
                                                   : known->second;
  client_.open(step.path, text, step.option("as").value_or(language_of(step.path)));
}

void ScriptPlayer::change(const Step& step) {
  if (!client_.documents().contains(client_.uri(step.path))) throw std::runtime_error("it is not open");
  std::string text = placed(*step.text_below);
  if (!step.range) return client_.type(step.path, text);
  text.pop_back();  // the last line feed
  client_.type_over(step.path, step.range->json(), text);
}

void ScriptPlayer::close(const Step& step) {
  client_.close(step.path);
}

void ScriptPlayer::write(const Step& step) {
  rig_.write(step.path, placed(*step.text_below));
}

void ScriptPlayer::remove(const Step& step) {
  if (!std::filesystem::remove(rig_.project() / step.path)) throw std::runtime_error("it is not there");
}

void ScriptPlayer::diagnostics(const Step& step) {
  Json diagnostics = Json::array();
  for (const ScriptProblem& problem : step.problems) {
    diagnostics.push_back({{"range", problem.range.json()},
                           {"severity", problem.severity},
                           {"source", "fixture"},
                           {"message", problem.message}});
  }
  const std::string uri = client_.uri(step.path);
  if (!step.has("forwarded")) {
    shown_[uri] = std::move(diagnostics);
    return;
  }
  Json params = {{"uri", uri}, {"diagnostics", std::move(diagnostics)}};
  const auto document = client_.documents().find(uri);
  if (document != client_.documents().end()) params["version"] = document->second.version;
  client_.notify("autofix/didChangeDiagnostics", params);
}

Json ScriptPlayer::published(const std::string& uri) const {
  Json latest;
  for (const Json& message : client_.notifications) {
    if (message.at("method") == "textDocument/publishDiagnostics" && message.at("params").at("uri") == uri)
      latest = message.at("params").at("diagnostics");
  }
  return latest;
}

/// What an editor puts into the context: everything that it shows there, whoever said it.
Json ScriptPlayer::shown_at(const std::string& uri, const Json& range) const {
  Json all = Json::array();
  const auto add = [&](const Json& diagnostics) {
    for (const Json& diagnostic : diagnostics) {
      if (touches(diagnostic.at("range"), range)) all.push_back(diagnostic);
    }
  };
  if (const auto found = shown_.find(uri); found != shown_.end()) add(found->second);
  add(published(uri));
  return all;
}

Json ScriptPlayer::offered_at(const Step& step) {
  const std::string uri = client_.uri(step.path);
  const Json range = step.range->json();
  Json context = {{"diagnostics", shown_at(uri, range)}, {"triggerKind", step.has("automatic") ? 2 : 1}};
  if (const auto kind = step.option("only")) context["only"] = {*kind};
  return client_.request("textDocument/codeAction",
                         {{"textDocument", {{"uri", uri}}}, {"range", range}, {"context", context}});
}

void ScriptPlayer::actions(const Step& step) {
  offered_ = offered_at(step);
  std::vector<std::string> got;
  for (const Json& action : offered_) {
    got.push_back(action.value("kind", "command") + " " + action.at("title").get<std::string>());
  }
  compare_lines(step, got, step.lines);
}

void ScriptPlayer::choose(const Step& step) {
  const auto action =
      std::ranges::find_if(offered_, [&](const Json& one) { return one.at("title") == step.text; });
  if (action == offered_.end()) throw std::runtime_error("it is not offered: " + offered_.dump());
  choose_action(*action);
}

void ScriptPlayer::fix(const Step& step) {
  offered_ = offered_at(step);
  if (offered_.empty()) throw std::runtime_error("no code action is offered there");
  choose_action(offered_.front());
}

/// A command is run; an action without one is resolved, and the edit that comes is the client's to apply.
void ScriptPlayer::choose_action(const Json& action) {
  const Json command = action.value("command", Json());
  if (command.is_null()) {
    pending_.push_back({client_.send_request("codeAction/resolve", action), true});
    return;
  }
  const Json& called = command.is_string() ? action : command;
  const Json params = {{"command", called.at("command")},
                       {"arguments", called.value("arguments", Json::array())}};
  pending_.push_back({client_.send_request("workspace/executeCommand", params)});
}

void ScriptPlayer::request(const Step& step) {
  pending_.push_back({client_.send_request(step.word, step.json ? Json(placed(*step.json)) : Json())});
}

void ScriptPlayer::notify(const Step& step) {
  client_.notify(step.word, step.json ? Json(placed(*step.json)) : Json());
}

/// The oldest request whose reply no step has expected yet, or its progress.
void ScriptPlayer::cancel(const Step& step) {
  if (pending_.empty()) throw std::runtime_error("nothing is running");
  if (!step.has("progress")) return client_.notify("$/cancelRequest", {{"id", pending_.front().id}});
  for (auto asked = client_.asked.rbegin(); asked != client_.asked.rend(); ++asked) {
    if (asked->at("method") != "window/workDoneProgress/create") continue;
    return client_.notify("window/workDoneProgress/cancel", {{"token", asked->at("params").at("token")}});
  }
  throw std::runtime_error("the server has created no progress");
}

void ScriptPlayer::edits(const Step& step) {
  client_.refuse_edits = step.word == "refused";
  client_.ignore_edits = step.word == "ignored";
}

void ScriptPlayer::answer(const Step& step) {
  client_.message_answer = step.text;
}

void ScriptPlayer::configuration(const Step& step) {
  client_.configuration = placed(*step.json);
}

void ScriptPlayer::release(const Step& step) {
  // The answer goes another way: what the editor has said must be with the server before it.
  client_.call("autofix/status", Json::object());
  provider(step.word).release();
}

}  // namespace autofix::test

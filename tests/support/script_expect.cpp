// The steps of a script that expect something, and what is said when it is not so.
#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "tests/support/json_match.h"
#include "tests/support/script_player.h"

namespace autofix::test {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kWidth = 120;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string joined(const std::vector<std::string>& lines, const std::string& prefix) {
  std::string all;
  for (const std::string& line : lines) all += "\n" + prefix + line;
  return all;
}

std::vector<std::string> text_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back("|" + line);
  return lines;
}

/// With every string changed, the names of members as well.
template <typename Change>
ordered_json changed_strings(ordered_json value, const Change& change) {
  if (value.is_string()) return change(value.get<std::string>());
  if (value.is_array()) {
    for (ordered_json& inner : value) inner = changed_strings(std::move(inner), change);
  }
  if (!value.is_object()) return value;
  ordered_json out = ordered_json::object();
  for (auto& [name, inner] : value.items()) out[change(name)] = changed_strings(std::move(inner), change);
  return out;
}

/// Of a message or of a progress, whose beginning has a title and may have a message.
std::string text_of(const Json& params) {
  const std::string title = params.value("title", "");
  const std::string message = params.value("message", "");
  return title.empty() || message.empty() ? title + message : title + ": " + message;
}

std::vector<std::string> must_contain(const std::string& got, const std::string& wanted) {
  if (got.find(wanted) != std::string::npos) return {};
  return {"the text is \"" + got + "\", wanted \"" + wanted + "\""};
}

}  // namespace

void ScriptPlayer::expect_capabilities(const Step& step) {
  compare_json(step, capabilities_, "capabilities");
}

ScriptPlayer::Pending ScriptPlayer::take_pending() {
  if (pending_.empty()) throw std::runtime_error("nothing was asked");
  Pending first = pending_.front();
  pending_.pop_front();
  return first;
}

void ScriptPlayer::expect_result(const Step& step) {
  const Pending pending = take_pending();
  const protocol::Outcome outcome = client_.wait_reply(pending.id);
  if (!outcome) {
    throw std::runtime_error("the error " + std::to_string(code_of(outcome)) + ": " +
                             outcome.error().message);
  }
  if (pending.resolves && outcome->contains("edit") && !client_.apply(outcome->at("edit")))
    wrong(step, "the client cannot apply the action's edit");
  if (outcome->is_object() && outcome->contains("sessionId")) session_ = outcome->at("sessionId");
  compare_json(step, *outcome, "result");
}

void ScriptPlayer::expect_error(const Step& step) {
  const protocol::Outcome outcome = client_.wait_reply(take_pending().id);
  if (outcome) throw std::runtime_error("no error came but the result " + outcome->dump());
  const std::string code = std::to_string(code_of(outcome));
  if (code != step.word) wrong(step, "the code is " + code + ": " + outcome.error().message);
  for (const std::string& line : must_contain(outcome.error().message, placed(step.text))) wrong(step, line);
}

void ScriptPlayer::expect_edit(const Step& step) {
  ++edits_expected_;
  await(client_.asked, "workspace/applyEdit", part_of(step));
}

void ScriptPlayer::expect_session(const Step& step) {
  await(client_.notifications, "autofix/session", [&](const Json& got) {
    const std::string state = got.value("state", "");
    return state == step.word ? std::vector<std::string>{} : std::vector{"the state is " + state};
  });
}

void ScriptPlayer::expect_document(const Step& step) {
  compare_lines(step, text_lines(client_.document(step.path).text), text_lines(step.text_below.value_or("")));
}

void ScriptPlayer::expect_asked(const Step& step) {
  const std::size_t count = ++next_["asked " + step.word];
  if (!provider(step.word).wait_for_requests(count)) throw std::runtime_error("it was not asked");
}

void ScriptPlayer::expect_notification(const Step& step) {
  await(client_.notifications, step.word, part_of(step));
}

void ScriptPlayer::expect_request(const Step& step) {
  await(client_.asked, step.word, part_of(step));
}

void ScriptPlayer::expect_no_notification(const Step& step) {
  none(step, client_.notifications);
}

void ScriptPlayer::expect_no_request(const Step& step) {
  none(step, client_.asked);
}

ScriptPlayer::Test ScriptPlayer::part_of(const Step& step) const {
  return [this, &step](const Json& got) {
    return step.json ? json_differences(placed(*step.json), got, "params") : std::vector<std::string>{};
  };
}

void ScriptPlayer::await(const std::vector<Json>& messages, const std::string& method, const Test& test) {
  std::size_t& next = next_[method];
  std::vector<std::string> passed_over;
  const auto found = [&] {
    for (; next < messages.size(); ++next) {
      const Json& message = messages[next];
      if (message.at("method") != method) continue;
      const std::vector<std::string> differences = test(message.at("params"));
      if (differences.empty()) {
        ++next;
        return true;
      }
      passed_over.push_back(message.at("params").dump() + joined(differences, "    "));
    }
    return false;
  };
  if (client_.pump(found)) return;
  throw std::runtime_error("no such " + method + " came" +
                           (passed_over.empty() ? "" : "; what came:" + joined(passed_over, "  ")));
}

void ScriptPlayer::expect_message(const Step& step) {
  const int type = step.word == "error" ? 1 : step.word == "warning" ? 2 : 3;
  const Test test = [&](const Json& got) {
    std::vector<std::string> differences = must_contain(text_of(got), placed(step.text));
    if (got.value("type", 0) != type)
      differences.push_back("the type is " + got.value("type", Json()).dump());
    std::vector<std::string> titles;
    for (const Json& action : got.value("actions", Json::array())) titles.push_back(action.at("title"));
    if (titles != step.lines) differences.push_back("the actions are" + joined(titles, "      "));
    return differences;
  };
  if (step.lines.empty()) return await(client_.notifications, "window/showMessage", test);
  await(client_.asked, "window/showMessageRequest", test);
}

void ScriptPlayer::expect_progress(const Step& step) {
  await(client_.notifications, "$/progress", [&](const Json& got) {
    const Json& value = got.at("value");
    if (value.value("kind", "") != step.word) return std::vector{"the kind is " + value.value("kind", "")};
    return must_contain(text_of(value), placed(step.text));
  });
}

/// Waits for the whole set; what came last is shown when it does not come.
void ScriptPlayer::expect_diagnostics(const Step& step) {
  const auto lines = [&] {
    std::vector<std::string> all;
    for (const Json& diagnostic : published(client_.uri(step.path)))
      all.push_back(written_problem(diagnostic));
    return all;
  };
  std::vector<std::string> wanted;
  for (const ScriptProblem& problem : step.problems) {
    wanted.push_back(written_problem(
        {{"range", problem.range.json()}, {"severity", problem.severity}, {"message", problem.message}}));
  }
  client_.pump([&] { return !published(client_.uri(step.path)).is_null() && lines() == wanted; });
  if (published(client_.uri(step.path)).is_null()) throw std::runtime_error("none were ever published of it");
  compare_lines(step, lines(), wanted);
}

void ScriptPlayer::none(const Step& step, const std::vector<Json>& messages) {
  for (const Json& message : messages) {
    if (message.at("method") == step.word) return wrong(step, "there was one: " + message.dump());
  }
}

void ScriptPlayer::compare_lines(const Step& step, const std::vector<std::string>& got,
                                 const std::vector<std::string>& wanted) {
  std::vector<std::string> placed_lines;
  for (const std::string& line : wanted) placed_lines.push_back(placed(line));
  if (got == placed_lines) return;
  wrong(step, "what is there:" + joined(got, "  ") + "\nwanted:" + joined(placed_lines, "  "));
  Golden golden{step.line, step.last_line, {step.head}};
  for (const std::string& line : got) golden.lines.push_back("  " + unplaced(line));
  played_.goldens.push_back(std::move(golden));
}

void ScriptPlayer::compare_json(const Step& step, const Json& got, const std::string& name) {
  const ordered_json wanted = placed(*step.json);
  const std::vector<std::string> differences = json_differences(wanted, got, name);
  if (differences.empty()) return;
  wrong(step, joined(differences, "  ").substr(1) + "\n  in " + got.dump());
  const ordered_json better = unplaced(json_projection(wanted, got));
  Golden golden{step.line, step.last_line, {step.head + " " + written_json(better)}};
  if (step.json_below || golden.lines.front().size() > kWidth) {
    golden.lines = {step.head};
    std::istringstream in(better.dump(2));
    for (std::string line; std::getline(in, line);) golden.lines.push_back("  " + line);
  }
  played_.goldens.push_back(std::move(golden));
}

void ScriptPlayer::wrong(const Step& step, const std::string& what) {
  played_.wrong.push_back("line " + std::to_string(step.line) + ": " + step.head + ": " + what);
}

FakeProvider& ScriptPlayer::provider(const std::string& name) const {
  FakeProvider* const fake = name == "gemini" ? rig_.gemini.get() : rig_.groq.get();
  if (fake == nullptr) throw std::runtime_error("there is no section " + name + ".json");
  return *fake;
}

/// With `{uri:PATH}`, `{project}`, `{outside}` and `{session}` filled in.
std::string ScriptPlayer::placed(std::string text) const {
  for (std::size_t at = text.find("{uri:"); at != std::string::npos; at = text.find("{uri:")) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) throw std::runtime_error("`{uri:` without an end");
    text.replace(at, end + 1 - at, client_.uri(text.substr(at + 5, end - at - 5)));
  }
  text = replaced(text, "{project}", rig_.project().string());
  text = replaced(text, "{outside}", rig_.outside().string());
  return session_.empty() ? text : replaced(text, "{session}", session_);
}

ordered_json ScriptPlayer::placed(ordered_json value) const {
  return changed_strings(std::move(value), [&](const std::string& text) { return placed(text); });
}

std::string ScriptPlayer::unplaced(const std::string& text) const {
  const std::string folder = client_.uri("");
  if (text.starts_with(folder)) return "{uri:" + text.substr(folder.size()) + "}";
  return replaced(replaced(text, rig_.project().string(), "{project}"), rig_.outside().string(), "{outside}");
}

ordered_json ScriptPlayer::unplaced(ordered_json value) const {
  return changed_strings(std::move(value), [&](const std::string& text) { return unplaced(text); });
}

}  // namespace autofix::test

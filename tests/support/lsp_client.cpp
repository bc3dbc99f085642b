#include "tests/support/lsp_client.h"

#include <array>
#include <fstream>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>

#include "protocol/uri.h"
#include "server/text/edit.h"
#include "server/text/line_index.h"

namespace autofix::test {
namespace {

ChildOptions server_options(std::map<std::string, std::string> environment,
                            const std::filesystem::path& folder, const std::filesystem::path& error_file) {
  ChildOptions options;
  options.argv = {autofix_binary(), "--stdio"};
  options.environment = std::move(environment);
  options.folder = folder;
  options.error_file = error_file;
  return options;
}

text::Position position_of(const Json& json) {
  return {json.at("line").get<std::uint32_t>(), json.at("character").get<std::uint32_t>()};
}

std::string edited(const std::string& before, const Json& edits, text::PositionEncoding encoding) {
  const text::LineIndex lines(before);
  std::vector<text::TextEdit> list;
  for (const Json& edit : edits) {
    const text::Range range{position_of(edit.at("range").at("start")),
                            position_of(edit.at("range").at("end"))};
    const text::ByteSpan span = lines.span_of(before, range, encoding);
    list.push_back({span.begin, span.end, edit.at("newText").get<std::string>()});
  }
  auto after = text::apply_edits(before, list);
  if (!after) throw std::runtime_error("the server sent overlapping edits: " + after.error().message);
  return *after;
}

}  // namespace

LspClient::LspClient(std::map<std::string, std::string> environment, std::filesystem::path folder)
    : folder_(std::move(folder)),
      process_(server_options(std::move(environment), folder_, temp_.path() / "stderr")) {}

Json LspClient::initialize(const std::function<void(Json&)>& change) {
  const std::string root = protocol::file_uri_of(folder_.string());
  Json params = {
      {"processId", getpid()},
      {"rootUri", root},
      {"workspaceFolders", {{{"uri", root}, {"name", "project"}}}},
      {"capabilities",
       {{"general", {{"positionEncodings", {"utf-16"}}}},
        {"textDocument",
         {{"codeAction",
           {{"codeActionLiteralSupport", {{"codeActionKind", {{"valueSet", {"quickfix"}}}}}}}}}},
        {"window", {{"workDoneProgress", true}}},
        {"workspace",
         {{"applyEdit", true},
          {"workspaceEdit",
           {{"documentChanges", true}, {"resourceOperations", {"create", "rename", "delete"}}}}}}}}};
  if (change) change(params);
  const Json result = request("initialize", params);
  const std::string encoding = result.at("capabilities").value("positionEncoding", "utf-16");
  encoding_ = encoding == "utf-8"    ? text::PositionEncoding::utf8
              : encoding == "utf-32" ? text::PositionEncoding::utf32
                                     : text::PositionEncoding::utf16;
  notify("initialized", Json::object());
  return result;
}

void LspClient::send_bytes(const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t count = write(process_.input(), bytes.data() + at, bytes.size() - at);
    if (count <= 0) throw std::runtime_error("the server has closed its input");
    at += static_cast<std::size_t>(count);
  }
}

Json LspClient::send_request(const std::string& method, Json params) {
  const Json id = next_id_++;
  send_bytes(protocol::frame(protocol::encode_request(id, method, params)));
  return id;
}

protocol::Outcome LspClient::wait_reply(const Json& id) {
  const std::string key = id.dump();
  if (!pump([&] { return replies_.contains(key); })) throw std::runtime_error("no reply in time");
  protocol::Outcome outcome = std::move(replies_.at(key));
  replies_.erase(key);
  return outcome;
}

Json LspClient::request(const std::string& method, Json params) {
  auto outcome = call(method, std::move(params));
  if (!outcome) throw std::runtime_error(method + ": " + outcome.error().message);
  return std::move(*outcome);
}

void LspClient::notify(const std::string& method, Json params) {
  send_bytes(protocol::frame(protocol::encode_notification(method, params)));
}

std::string LspClient::uri(const std::string& path) const {
  if (path.find(':') != std::string::npos) return path;
  return protocol::file_uri_of((folder_ / path).string());
}

void LspClient::open(const std::string& path, const std::string& text, const std::string& language) {
  documents_[uri(path)] = {1, text};
  notify("textDocument/didOpen",
         {{"textDocument", {{"uri", uri(path)}, {"languageId", language}, {"version", 1}, {"text", text}}}});
}

void LspClient::type(const std::string& path, const std::string& text) {
  EditorDocument& document = documents_.at(uri(path));
  document.text = text;
  ++document.version;
  notify("textDocument/didChange", {{"textDocument", {{"uri", uri(path)}, {"version", document.version}}},
                                    {"contentChanges", {{{"text", text}}}}});
}

void LspClient::type_over(const std::string& path, const Json& range, const std::string& text) {
  EditorDocument& document = documents_.at(uri(path));
  document.text = edited(document.text, {{{"range", range}, {"newText", text}}}, encoding_);
  ++document.version;
  notify("textDocument/didChange", {{"textDocument", {{"uri", uri(path)}, {"version", document.version}}},
                                    {"contentChanges", {{{"range", range}, {"text", text}}}}});
}

void LspClient::close(const std::string& path) {
  documents_.erase(uri(path));
  notify("textDocument/didClose", {{"textDocument", {{"uri", uri(path)}}}});
}

const EditorDocument& LspClient::document(const std::string& path) {
  return documents_.at(uri(path));
}

bool LspClient::pump(const std::function<bool()>& done, std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  std::array<char, 65536> chunk;
  while (true) {
    while (auto frame = frames_.next()) {
      if (!*frame) throw std::runtime_error("the server sent a broken frame: " + frame->error().message);
      take(**frame);
    }
    if (done()) return true;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd source{process_.output(), POLLIN, 0};
    if (poll(&source, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t count = read(process_.output(), chunk.data(), chunk.size());
    if (count <= 0) return done();
    received_.append(chunk.data(), static_cast<std::size_t>(count));
    frames_.feed({chunk.data(), static_cast<std::size_t>(count)});
  }
}

void LspClient::take(const std::string& body) {
  auto message = protocol::parse_message(body);
  if (!message) {
    // An error response with the id null is no message that a server could get.
    replies_without_request.push_back(Json::parse(body));
    return;
  }
  if (message->is_response()) {
    const std::string key = message->id->dump();
    if (replies_.contains(key)) throw std::runtime_error("a second reply to " + key);
    replies_.emplace(key, std::move(message->outcome));
  } else if (message->is_request()) {
    asked.push_back({{"method", message->method}, {"params", message->params}});
    protocol::Outcome outcome = answer(message->method, message->params);
    if (refuse_registrations && message->method == "client/registerCapability") {
      outcome =
          tl::unexpected(protocol::ResponseError{protocol::ErrorCode::method_not_found, "told to refuse"});
    }
    send_bytes(protocol::frame(protocol::encode_response(*message->id, outcome)));
  } else {
    notifications.push_back({{"method", message->method}, {"params", message->params}});
  }
}

Json LspClient::answer(const std::string& method, const Json& params) {
  if (method == "workspace/applyEdit") {
    ++edits_asked;
    if (refuse_edits) return {{"applied", false}, {"failureReason", "told to refuse"}};
    return {{"applied", ignore_edits || apply(params.at("edit"))}};
  }
  if (method == "workspace/configuration") {
    Json all = Json::array();
    for (std::size_t at = 0; at < params.at("items").size(); ++at) all.push_back(configuration);
    return all;
  }
  if (method == "window/showMessageRequest" && !message_answer.empty()) return {{"title", message_answer}};
  return nullptr;
}

bool LspClient::apply(const Json& edit) {
  std::map<std::string, std::string> next;
  const auto text_of = [&](const std::string& uri) -> std::string {
    if (const auto changed = next.find(uri); changed != next.end()) return changed->second;
    if (const auto open = documents_.find(uri); open != documents_.end()) return open->second.text;
    std::ifstream file(*protocol::path_of_file_uri(uri), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  };
  for (const Json& change : edit.value("documentChanges", Json::array())) {
    if (change.contains("kind")) {
      if (change.at("kind") == "create") next[change.at("uri").get<std::string>()] = "";
      continue;
    }
    const std::string uri = change.at("textDocument").at("uri").get<std::string>();
    const Json version = change.at("textDocument").value("version", Json());
    const auto open = documents_.find(uri);
    if (open != documents_.end() && !version.is_null() && version != open->second.version) return false;
    next[uri] = edited(text_of(uri), change.at("edits"), encoding_);
  }
  const Json changes = edit.value("changes", Json::object());
  for (const auto& [uri, edits] : changes.items()) next[uri] = edited(text_of(uri), edits, encoding_);
  for (const auto& [uri, text] : next) {
    if (const auto open = documents_.find(uri); open != documents_.end()) {
      open->second.text = text;
      ++open->second.version;
      notify("textDocument/didChange", {{"textDocument", {{"uri", uri}, {"version", open->second.version}}},
                                        {"contentChanges", {{{"text", text}}}}});
    } else {
      const std::filesystem::path path = *protocol::path_of_file_uri(uri);
      std::filesystem::create_directories(path.parent_path());
      std::ofstream(path, std::ios::binary) << text;
    }
  }
  return true;
}

int LspClient::shut_down() {
  request("shutdown", nullptr);
  notify("exit", nullptr);
  return process_.wait(10);
}

}  // namespace autofix::test

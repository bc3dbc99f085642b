// Open documents, kept as the editor has them.
#include <spdlog/spdlog.h>

#include "server/lsp/context.h"
#include "server/lsp/convert.h"

namespace autofix::lsp {

void register_sync(protocol::MethodTable& methods, ServerContext& server) {
  using namespace protocol;
  methods.notification<DidOpenTextDocumentParams>(
      "textDocument/didOpen", [&server](DidOpenTextDocumentParams params) {
        server.documents.open(
            {std::move(params.uri), std::move(params.languageId), params.version, std::move(params.text)});
      });
  methods.notification<DidChangeTextDocumentParams>(
      "textDocument/didChange", [&server](DidChangeTextDocumentParams params) {
        std::vector<text::ContentChange> changes;
        for (TextDocumentContentChangeEvent& event : params.contentChanges) {
          text::ContentChange change;
          if (event.range) change.range = from_lsp(*event.range);
          change.text = std::move(event.text);
          changes.push_back(std::move(change));
        }
        if (!server.documents.change(params.uri, params.version, changes)) {
          server.options.log->warn("a change of {}, which is not open", params.uri);
        }
      });
  methods.notification<DidCloseTextDocumentParams>("textDocument/didClose",
                                                   [&server](const DidCloseTextDocumentParams& params) {
                                                     server.documents.close(params.uri);
                                                     server.problems.forget(params.uri);
                                                   });
}

}  // namespace autofix::lsp

#include "protocol/transport.h"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "protocol/reply.h"
#include "protocol/work_done_progress.h"
#include "tests/support/catch.h"

namespace autofix::protocol {
namespace {

struct Pipe {
  Pipe() { REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0); }
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) close(end);
    }
  }
  void shut(int end) {
    close(ends[static_cast<std::size_t>(end)]);
    ends[static_cast<std::size_t>(end)] = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

void put(const Pipe& pipe, const std::string& bytes) {
  REQUIRE(write(pipe.ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

/// Everything until the writing end closes.
std::string drained(int descriptor) {
  std::string all;
  std::array<char, 65536> chunk;
  for (ssize_t count = 0; (count = read(descriptor, chunk.data(), chunk.size())) > 0;) {
    all.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return all;
}

TEST_CASE("messages in, messages out, closed at the end of the input") {
  Pipe in;
  Pipe out;
  {
    Transport transport(in.ends[0], out.ends[1]);
    put(in, frame("{\"a\":1}") + "broken\r\n\r\n" + frame("{\"b\":2}"));
    CHECK(std::get<std::string>(transport.next()) == "{\"a\":1}");
    CHECK(std::holds_alternative<FrameError>(transport.next()));
    Transport::Event event = transport.next();
    while (std::holds_alternative<FrameError>(event)) event = transport.next();
    CHECK(std::get<std::string>(event) == "{\"b\":2}");
    transport.send("first");
    transport.send("second");
    in.shut(1);
    CHECK(std::holds_alternative<Transport::Closed>(transport.next()));
  }
  out.shut(1);
  CHECK(drained(out.ends[0]) == frame("first") + frame("second"));
}

TEST_CASE("a client that does not read blocks nobody") {
  Pipe in;
  Pipe out;
  Transport transport(in.ends[0], out.ends[1]);
  const std::string large(1 << 20, 'x');
  for (int i = 0; i < 64; ++i) transport.send(large);  // a pipe holds 64 KiB
  put(in, frame("{}"));
  CHECK(std::get<std::string>(transport.next()) == "{}");
}

TEST_CASE("a client that is gone is no error") {
  Pipe in;
  Pipe out;
  Transport transport(in.ends[0], out.ends[1]);
  out.shut(0);
  transport.send("nobody reads this");
  in.shut(1);
  CHECK(std::holds_alternative<Transport::Closed>(transport.next()));
}

TEST_CASE("another thread wakes the reader") {
  Pipe in;
  Pipe out;
  Transport transport(in.ends[0], out.ends[1]);
  std::thread other([&] { transport.wake(); });
  CHECK(std::holds_alternative<Transport::Woken>(transport.next()));
  other.join();
}

TEST_CASE("the end of the watched process closes the input") {
  Pipe in;
  Pipe out;
  Transport transport(in.ends[0], out.ends[1]);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    pause();
    _exit(0);
  }
  transport.watch_process(child);
  kill(child, SIGKILL);
  CHECK(std::holds_alternative<Transport::Closed>(transport.next()));
  waitpid(child, nullptr, 0);
}

class Recorder final : public Sender {
 public:
  void send(std::string body) override {
    const std::lock_guard lock(mutex_);
    sent.push_back(Json::parse(body));
  }
  std::vector<Json> sent;

 private:
  std::mutex mutex_;
};

TEST_CASE("a request is answered exactly once, also by nobody") {
  Recorder recorder;
  {
    ReplyOnce answered(recorder, 1);
    answered(Json("yes"));
    answered(Json("again"));
    ReplyOnce dropped(recorder, 2);
    ReplyOnce moved(recorder, 3);
    ReplyOnce target = std::move(moved);
    target(Json("moved"));
  }
  REQUIRE(recorder.sent.size() == 3);
  CHECK(recorder.sent[0] == Json{{"jsonrpc", "2.0"}, {"id", 1}, {"result", "yes"}});
  CHECK(recorder.sent[1].at("result") == "moved");
  CHECK(recorder.sent[2].at("id") == 2);
  CHECK(recorder.sent[2].at("error").at("code") == -32603);
}

TEST_CASE("threads that answer the same request leave one answer") {
  for (int round = 0; round < 50; ++round) {
    Recorder recorder;
    WorkDoneProgress progress(recorder, "t");
    progress.begin("title");
    std::thread one([&] {
      for (int i = 0; i < 20; ++i) progress.report(std::to_string(i));
    });
    std::thread two([&] { progress.end("done"); });
    one.join();
    two.join();
    REQUIRE(recorder.sent.size() >= 2);
    CHECK(recorder.sent.front().at("params").at("value").at("kind") == "begin");
    CHECK(recorder.sent.back().at("params").at("value").at("kind") == "end");
    std::size_t ends = 0;
    for (const Json& message : recorder.sent)
      ends += message.at("params").at("value").at("kind") == "end" ? 1 : 0;
    CHECK(ends == 1);
  }
}

TEST_CASE("progress on a token that the client has not agreed to stays unused") {
  Recorder recorder;
  {
    WorkDoneProgress progress(recorder, 5);
    progress.report("early");
    progress.end("");
  }
  CHECK(recorder.sent.empty());
  {
    WorkDoneProgress progress(recorder, 6);
    progress.begin("Fix");
    progress.report("asking Gemini");
    progress.report("asking Gemini");
  }
  REQUIRE(recorder.sent.size() >= 3);
  CHECK(recorder.sent.back().at("params").at("value").at("kind") == "end");
}

}  // namespace
}  // namespace autofix::protocol

#include "server/verify/baseline.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <random>

namespace autofix::verify {
namespace {

Width first_width(const Proof& proof) {
  return proof.narrow.empty() ? Width::wide : Width::narrow;
}

bool about_tests(const Asked& asked) {
  return std::ranges::any_of(asked,
                             [](const problems::Problem& problem) { return problem.test.has_value(); });
}

std::string canary_name() {
  std::random_device random;
  std::array<char, 40> name{};
  std::snprintf(name.data(), name.size(), "autofix_canary_%08x%08x", random(), random());
  return name.data();
}

}  // namespace

providers::SteadyTime FirstLook::deadline() const {
  return std::min(options_.deadline, std::chrono::steady_clock::now() + options_.timeout);
}

void FirstLook::take(const std::stop_token& stop, const std::stop_token& hurry) {
  taken_ = true;
  try {
    take_all(stop, hurry);
  } catch (const std::exception& fault) {  // it may run on a thread of its own
    trouble_ = std::string("not_started: ") + fault.what();
  }
}

void FirstLook::take_all(const std::stop_token& stop, const std::stop_token& hurry) {
  auto copies = ScratchCopies::open(options_.scratch, stop);
  if (!copies) {
    trouble_ = copies.error();
    return;
  }
  copies_ = std::move(*copies);
  for (const Proof& proof : options_.proofs) {
    trouble_ = look(proof, stop);
    if (trouble_.empty() && !copies_->isolated()) trouble_ = look_for_canary(proof, stop);
    if (!trouble_.empty()) return;
  }
  trouble_ = look_for_missing(stop);
  if (trouble_.empty()) trouble_ = look_wider(stop);
  if (trouble_.empty()) look_twice(stop, hurry);
}

tl::expected<Look, std::string> FirstLook::fresh_look(const Picture& picture, const Proof& proof, Width width,
                                                      const std::stop_token& stop) const {
  const auto copy = copies_->make(picture, stop);
  if (!copy) return tl::unexpected("not_started: " + copy.error());
  auto look = look_at(**copy, proof, width, deadline(), stop);
  if (!look) return tl::unexpected("not_started: " + look.error());
  if (look->cancelled)
    return tl::unexpected(std::string("cancelled: while the command ran without the change"));
  return look;
}

/// The asked-for problems alone, where the tool can do that.
std::string FirstLook::look(const Proof& proof, const std::stop_token& stop) {
  Before before;
  const Width width = first_width(proof);
  if (options_.before && options_.proofs.size() == 1 && width == Width::wide) {
    before.wide = facts_of(*options_.before, proof.read, {options_.scratch.root, proof.folder});
  } else {
    auto look = fresh_look({options_.unsaved, {}}, proof, width, stop);
    if (!look) return look.error();
    before.elapsed = look->elapsed;
    (width == Width::narrow ? before.narrow : before.wide) = std::move(look->facts);
  }
  before.asked = shown(width == Width::narrow ? *before.narrow : *before.wide, options_.asked);
  before_.push_back(std::move(before));
  return {};
}

/// A word that no language knows, planted where the problem is: a run that does not stumble over it did not
/// read the copy, but perhaps the project itself, to which some absolute path led it.
std::string FirstLook::look_for_canary(const Proof& proof, const std::stop_token& stop) {
  const auto place =
      std::ranges::find_if(options_.asked, [](const problems::Problem& p) { return !p.path.empty(); });
  if (place == options_.asked.end()) {
    return "no_canary: the copy is not isolated, and no file is known that the check must read";
  }
  Picture picture{options_.unsaved, {}};
  const auto text = options_.files->read(place->path);
  if (!text) return "no_canary: " + place->path + " cannot be read";
  const std::string name = canary_name();
  picture.texts[place->path] = name + "\n" + *text;
  const auto look = fresh_look(picture, proof, first_width(proof), stop);
  if (!look) return look.error();
  if (look->facts.output.find(name) != std::string::npos) return {};
  return "no_canary: `" + (proof.narrow.empty() ? proof.wide : proof.narrow).front().text +
         "` did not read the copy of " + place->path;
}

/// What nobody shows is not there, or only now and then.
std::string FirstLook::look_for_missing(const std::stop_token& stop) {
  const auto is_missing = [&](const problems::Problem& problem) {
    return std::ranges::none_of(before_, [&](const Before& before) {
      return !shown({before.narrow ? *before.narrow : *before.wide}, {problem}).empty();
    });
  };
  const auto missing = std::ranges::find_if(options_.asked, is_missing);
  if (missing == options_.asked.end()) return {};
  if (missing->test) {
    for (const Proof& proof : options_.proofs) {
      const auto look = fresh_look({options_.unsaved, {}}, proof, first_width(proof), stop);
      if (!look) return look.error();
      if (!shown(look->facts, {*missing}).empty()) {
        return "flaky: " + missing->test->name + " fails once and passes once without any change";
      }
    }
  }
  const std::string what = missing->test ? missing->test->name : missing->message;
  return "not_reproduced: the check does not show it without the change: " + what;
}

std::string FirstLook::look_wider(const std::stop_token& stop) {
  for (std::size_t at = 0; at < before_.size(); ++at) {
    const Proof& proof = options_.proofs[at];
    if (before_[at].wide) continue;
    auto look = fresh_look({options_.unsaved, {}}, proof, Width::wide, stop);
    if (!look) return look.error();
    // What takes longer than there is time for says nothing of what comes after it.
    if (look->facts.ended) before_[at].wide = std::move(look->facts);
  }
  return {};
}

void FirstLook::look_twice(const std::stop_token& stop, const std::stop_token& hurry) {
  std::stop_source either;
  const auto end = [&] { either.request_stop(); };
  const std::stop_callback on_stop(stop, end);
  const std::stop_callback on_hurry(hurry, end);
  for (std::size_t at = 0; at < before_.size() && !either.stop_requested(); ++at) {
    Before& before = before_[at];
    if (!about_tests(before.asked)) continue;
    const Proof& proof = options_.proofs[at];
    const auto look = fresh_look({options_.unsaved, {}}, proof, first_width(proof), either.get_token());
    if (!look) return;
    if (shown(look->facts, before.asked).size() < before.asked.size()) {
      trouble_ =
          "flaky: " + before.asked.front().test->name + " fails once and passes once without any change";
      return;
    }
    before.seen_twice = true;
  }
}

}  // namespace autofix::verify

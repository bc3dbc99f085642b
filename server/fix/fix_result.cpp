#include "server/fix/fix_result.h"

namespace autofix::fix {

std::string_view name_of(Status status) {
  switch (status) {
    case Status::verified:
      return "verified";
    case Status::unverified:
      return "unverified";
    case Status::rejected:
      return "rejected";
    case Status::no_fix:
      return "no_fix";
    case Status::nothing_to_fix:
      return "nothing_to_fix";
    case Status::cancelled:
      return "cancelled";
    case Status::error:
      return "error";
  }
  return "error";
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::no_key:
      return "no_key";
    case Outcome::quota_exhausted:
      return "quota_exhausted";
    case Outcome::rate_limited:
      return "rate_limited";
    case Outcome::auth_failed:
      return "auth_failed";
    case Outcome::billing:
      return "billing";
    case Outcome::model_gone:
      return "model_gone";
    case Outcome::overloaded:
      return "overloaded";
    case Outcome::timeout:
      return "timeout";
    case Outcome::connection:
      return "connection";
    case Outcome::bad_request:
      return "bad_request";
    case Outcome::refused:
      return "refused";
    case Outcome::too_large:
      return "too_large";
    case Outcome::malformed_reply:
      return "malformed_reply";
    case Outcome::edit_failed:
      return "edit_failed";
    case Outcome::rejected_by_check:
      return "rejected_by_check";
    case Outcome::failed_verification:
      return "failed_verification";
    case Outcome::circuit_open:
      return "circuit_open";
    case Outcome::skipped:
      return "skipped";
    case Outcome::cancelled:
      return "cancelled";
  }
  return "skipped";
}

Outcome outcome_of(providers::ErrorKind kind) {
  using providers::ErrorKind;
  switch (kind) {
    case ErrorKind::no_key:
      return Outcome::no_key;
    case ErrorKind::quota_exhausted:
      return Outcome::quota_exhausted;
    case ErrorKind::rate_limited:
      return Outcome::rate_limited;
    case ErrorKind::auth_failed:
      return Outcome::auth_failed;
    case ErrorKind::billing:
      return Outcome::billing;
    case ErrorKind::model_gone:
      return Outcome::model_gone;
    case ErrorKind::overloaded:
      return Outcome::overloaded;
    case ErrorKind::timeout:
      return Outcome::timeout;
    case ErrorKind::connection:
      return Outcome::connection;
    case ErrorKind::bad_request:
      return Outcome::bad_request;
    case ErrorKind::refused:
      return Outcome::refused;
    case ErrorKind::too_large:
      return Outcome::too_large;
    case ErrorKind::malformed_reply:
      return Outcome::malformed_reply;
    case ErrorKind::circuit_open:
      return Outcome::circuit_open;
    case ErrorKind::skipped:
      return Outcome::skipped;
    case ErrorKind::cancelled:
      return Outcome::cancelled;
  }
  return Outcome::skipped;
}

}  // namespace autofix::fix

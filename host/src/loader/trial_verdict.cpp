#include "loader/trial_verdict.h"

#include <algorithm>
#include <stdexcept>

#include "loader/known_codes.h"

namespace modelhost::host {
namespace {

Json error_json(const Error& error) {
  return {{"code", error.code()},         {"message", error.message()}, {"file", error.file()},
          {"line", error.line()},         {"column", error.column()},   {"key", error.key()},
          {"expected", error.expected()}, {"got", error.got()},         {"fix", error.fix()},
          {"notes", error.notes()}};
}

ErrorCode code_named(const std::string& id) {
  const auto found = std::ranges::find(known_codes(), id, &ErrorCode::id);
  if (found == known_codes().end()) throw std::invalid_argument("no such error code");
  return *found;
}

Error error_from_json(const Json& json) {
  auto text = [&json](const char* key) { return json.at(key).get<std::string>(); };
  Error error(code_named(text("code")), text("message"));
  error.file(text("file")).line(json.at("line"), json.at("column")).key(text("key"));
  error.expected(text("expected")).got(text("got")).fix(text("fix"));
  if (const std::string notes = text("notes"); !notes.empty()) error.note(notes);
  return error;
}

}  // namespace

Json verdict_json(const TrialVerdict& verdict) {
  Json json = {{"quarantined", verdict.quarantined},
               {"seconds", verdict.seconds},
               {"operators", verdict.torch.operators},
               {"namespaces", verdict.torch.namespaces}};
  if (verdict.refusal) json["refusal"] = error_json(*verdict.refusal);
  return json;
}

TrialVerdict verdict_from_json(const Json& json) {
  TrialVerdict verdict;
  verdict.quarantined = json.at("quarantined").get<bool>();
  verdict.seconds = json.at("seconds").get<int64_t>();
  verdict.torch.operators = json.at("operators").get<std::set<std::string>>();
  verdict.torch.namespaces = json.at("namespaces").get<std::set<std::string>>();
  if (json.contains("refusal")) verdict.refusal = error_from_json(json.at("refusal"));
  return verdict;
}

}  // namespace modelhost::host

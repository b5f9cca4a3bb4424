// modelhost verify DIR: everything that is wrong with a model directory. Loads no plugin, changes nothing.
#include <iostream>
#include <memory>

#include "commands.h"
#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/verify_checkpoint.h"
#include "modelhost/host/hub/model_source.h"
#include "program/terminal/progress.h"

namespace modelhost::host {
namespace {

struct VerifyArguments {
  std::string directory;
  bool values = false, json = false;
};

Json finding_json(const Finding& finding) {
  Json out = {
      {"severity", severity_name(finding.severity)}, {"check", finding.check}, {"message", finding.message}};
  if (!finding.file.empty()) out["file"] = finding.file;
  if (!finding.key.empty()) out["key"] = finding.key;
  if (!finding.code.empty()) out["code"] = finding.code;
  return out;
}

void print_json(const VerifyReport& report) {
  Json out = {{"directory", report.directory.string()},
              {"clean", report.clean()},
              {"files", report.files},
              {"tensors", report.tensors},
              {"bytes", report.bytes},
              {"findings", Json::array()}};
  for (const Finding& finding : report.findings) out["findings"].push_back(finding_json(finding));
  std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

// Names come from files: control characters in them must not reach a terminal.
void print_finding(const Finding& finding) {
  std::cout << severity_name(finding.severity) << ' ' << finding.check;
  if (!finding.file.empty()) std::cout << ' ' << quote(finding.file, 200);
  if (!finding.key.empty()) std::cout << " " << quote(finding.key, 200);
  const std::string message = quote(finding.message, 1000);
  std::cout << ": " << message.substr(1, message.size() - 2);
  if (!finding.code.empty()) std::cout << " (" << finding.code << ")";
  std::cout << '\n';
}

void print_text(const VerifyReport& report) {
  int64_t errors = 0, warnings = 0;
  for (const Finding& finding : report.findings) {
    print_finding(finding);
    errors += finding.severity == Severity::kError ? 1 : 0;
    warnings += finding.severity == Severity::kWarning ? 1 : 0;
  }
  if (report.clean()) {
    std::cout << "clean: ";
  } else {
    std::cout << errors << " errors, " << warnings << " warnings: ";
  }
  std::cout << report.tensors << " tensors (" << human_bytes(report.bytes) << ") in " << report.files
            << " files\n";
}

void verify(const VerifyArguments& arguments) {
  VerifyOptions options;
  options.values = arguments.values;
  std::unique_ptr<Progress> progress;
  options.progress = [&progress](uint64_t done, uint64_t total) {
    if (!progress) progress = std::make_unique<Progress>("verifying, MB", megabytes(total));
    progress->update(megabytes(done));
  };
  const VerifyReport report = verify_checkpoint(ModelSource(arguments.directory).local(), options);
  progress.reset();
  if (arguments.json) {
    print_json(report);
  } else {
    print_text(report);
  }
  if (!report.clean()) throw NegativeAnswer();
}

}  // namespace

void add_verify_command(CLI::App& app) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* command = app.add_subcommand(
      "verify",
      "Check the files of a model directory and list everything that is wrong\n"
      "Headers, shapes and offsets; index against shards; totals; stale and missing shards; leftovers of\n"
      "interrupted saves; tied weights; config.json. Changes nothing. Exit status 0: no errors and no "
      "warnings\n"
      "(notes do not count); 1: findings, or the directory cannot be read.");
  command->add_option("DIR", arguments->directory, "Model directory")->required();
  command->add_flag("--values", arguments->values, "Also read all data: NaN, infinity, checksums");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "Examples:\n"
      "  modelhost verify model\n"
      "  modelhost verify model --values --json");
  command->callback([arguments] { verify(*arguments); });
}

}  // namespace modelhost::host

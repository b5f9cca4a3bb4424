#include "plugin_project.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>
#include <system_error>

#include "modelhost/base/text.h"
#include "modelhost/files/file_writer.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/host/loader/name_forms.h"
#include "modelhost/version.h"
#include "new_plugin_templates.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using Values = std::map<std::string, std::string>;

Error wrong(const char* option, std::string expected, const std::string& got) {
  return Error(codes::kUsage, "a new plugin cannot be called so")
      .key(option)
      .expected(std::move(expected))
      .got(quote(got));
}

bool is_alphanumeric(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// "foo-bar" -> "FooBar"
std::string class_name_of(const std::string& model_type) {
  std::string name;
  bool starts_word = true;
  for (const char c : model_type) {
    if (is_alphanumeric(c))
      name += starts_word ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    starts_word = !is_alphanumeric(c);
  }
  return name;
}

// A name for files, targets and namespaces: "Foo-bar" -> "foo_bar".
std::string file_name_of(const std::string& text) {
  std::string name;
  for (const char c : text)
    name += is_alphanumeric(c) ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : '_';
  return name;
}

// Names of CMake's own targets and of LibTorch's: no library can be called so.
bool is_reserved(const std::string& name) {
  constexpr std::array kTaken{"all", "clean",         "edit_cache", "help",  "install",  "package",
                              "c10", "rebuild_cache", "test",       "torch", "torch_cpu"};
  return std::ranges::find(kTaken, name) != kTaken.end();
}

void check_names(PluginProject& project) {
  if (!is_plugin_id(project.id)) throw wrong("--id", "a reverse DNS name such as org.acme.foo", project.id);
  if (!is_model_type(project.model_type))
    throw wrong("--model-type", "letters, digits, '-', '_' and '.', such as foo", project.model_type);
  if (is_reserved(file_name_of(project.model_type)))
    throw wrong("--model-type", "a name that CMake and LibTorch do not use for themselves",
                project.model_type);
  if (project.class_name.empty()) project.class_name = class_name_of(project.model_type);
  if (project.class_name == "PreTrained" || project.class_name == "Pretrained")
    throw wrong("--name", "another beginning: the base classes have this one", project.class_name);
  if (!is_class_name(project.class_name))
    throw wrong("--name", "an identifier, the beginning of class names, such as Foo", project.class_name);
}

void check_directory(PluginProject& project) {
  if (project.directory.empty()) project.directory = project.model_type + "-plugin";
  std::error_code problem;
  if (!fs::exists(fs::symlink_status(project.directory, problem))) return;
  if (fs::is_directory(project.directory, problem) && fs::is_empty(project.directory, problem)) return;
  throw Error(codes::kUsage, "a new plugin needs a directory of its own")
      .file(project.directory.string())
      .key("--directory")
      .expected("a directory that is empty or does not exist")
      .fix("name another one; nothing was written");
}

Values values_of(const PluginProject& project, const fs::path& prefix) {
  const int minor = MODELHOST_VERSION_MINOR;
  const std::string major = std::to_string(MODELHOST_VERSION_MAJOR) + ".";
  return {{"id", project.id},
          {"model_type", project.model_type},
          {"Name", project.class_name},
          {"name", file_name_of(project.model_type)},
          {"namespace", file_name_of(project.id)},
          {"kind", project.is_decoder ? "decoder" : "encoder"},
          {"is_decoder", project.is_decoder ? "true" : "false"},
          {"Head", project.class_name + (project.is_decoder ? "ForCausalLM" : "ForMaskedLM")},
          {"sdk", major + std::to_string(minor)},
          {"next_sdk", major + std::to_string(minor + 1)},
          {"prefix", prefix.empty() ? "$env{MODELHOST_PREFIX}" : prefix.string()}};
}

// `text` with @key@ replaced.
std::string filled_in(std::string_view text, const Values& values) {
  std::string out;
  while (true) {
    const auto start = text.find('@');
    const auto end = start == std::string_view::npos ? start : text.find('@', start + 1);
    if (end == std::string_view::npos) return out.append(text);
    out.append(text.substr(0, start));
    out += values.at(std::string(text.substr(start + 1, end - start - 1)));
    text.remove_prefix(end + 1);
  }
}

// "name_plugin.cpp" and "encoder_model.h" become "foo_plugin.cpp" and "foo_model.h"; empty for files of another kind.
std::string name_of_file(std::string_view file, const Values& values) {
  for (const std::string_view kind : {"encoder", "decoder"}) {
    if (!file.starts_with(std::string(kind) + "_")) continue;
    return kind == values.at("kind") ? values.at("name") + std::string(file.substr(kind.size()))
                                     : std::string();
  }
  return file.starts_with("name") ? values.at("name") + std::string(file.substr(4)) : std::string(file);
}

}  // namespace

std::vector<std::string> write_plugin_project(PluginProject& project, const fs::path& prefix) {
  check_names(project);
  check_directory(project);
  const Values values = values_of(project, prefix);
  std::error_code problem;
  fs::create_directories(project.directory, problem);
  if (problem) throw unwritable(project.directory, problem.value());
  std::vector<std::string> names;
  for (const auto& [file, text] : kNewPluginTemplates) {
    const std::string name = name_of_file(file, values);
    if (name.empty()) continue;
    names.push_back(name);
    write_new_file(project.directory / name, filled_in(text, values));
  }
  return names;
}

}  // namespace modelhost::host

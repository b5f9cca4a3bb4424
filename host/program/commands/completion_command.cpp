// modelhost completion SHELL: a completion script made from the very command line that is parsed.
#include <iostream>
#include <memory>

#include "commands.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/weights_format.h"

namespace modelhost::host {
namespace {

// All option names of a command.
std::string option_words(const CLI::App& app) {
  std::string words;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
    for (const std::string& name : option->get_snames()) words += "-" + name + " ";
  }
  return words;
}

std::vector<const CLI::App*> subcommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

void write_bash(std::ostream& out, const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : subcommands(app)) names += command->get_name() + " ";
  out << "# bash completion for modelhost: eval \"$(modelhost completion bash)\"\n"
         "_modelhost() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} command= i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case ${COMP_WORDS[i]} in\n"
         "      --plugin-dir|--settings|--log-level) ((i++)) ;;\n"
         "      -*) ;;\n"
         "      *) command=${COMP_WORDS[i]}; break ;;\n"
         "    esac\n"
         "  done\n"
         "  case ${COMP_WORDS[COMP_CWORD-1]} in\n"
         "    --format) COMPREPLY=($(compgen -W 'table jsonl npy' -- \"$word\")); return ;;\n"
         "    --dtype) COMPREPLY=($(compgen -W 'auto float32 float16 bfloat16 float64' -- \"$word\")); "
         "return ;;\n"
         "    --to) COMPREPLY=($(compgen -W '"
      << join(writable_formats(), " ")
      << "' -- \"$word\")); return ;;\n"
         "    --attention) COMPREPLY=($(compgen -W 'sdpa eager' -- \"$word\")); return ;;\n"
         "    --log-level) COMPREPLY=($(compgen -W 'debug info warning off' -- \"$word\")); return ;;\n"
         "  esac\n"
         "  local words=\n"
         "  case $command in\n"
         "    '') words='"
      << names << option_words(app) << "' ;;\n";
  for (const CLI::App* command : subcommands(app)) {
    out << "    " << command->get_name() << ") words='" << option_words(*command) << "' ;;\n";
  }
  out << "    completion) words='bash zsh fish' ;;\n"
         "  esac\n"
         "  if [[ $word == -* || -z $command || $command == completion ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  else\n"
         "    compopt -o filenames 2>/dev/null\n"
         "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "  fi\n"
         "}\n"
         "complete -F _modelhost modelhost\n";
}

void write_fish(std::ostream& out, const CLI::App& app) {
  out << "# fish completion for modelhost: modelhost completion fish | source\n";
  for (const CLI::App* command : subcommands(app)) {
    const std::string name = command->get_name();
    const std::string description = command->get_description();
    out << "complete -c modelhost -n __fish_use_subcommand -f -a " << name << " -d '"
        << description.substr(0, description.find('\n')) << "'\n";
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& long_name : option->get_lnames()) {
        out << "complete -c modelhost -n '__fish_seen_subcommand_from " << name << "' -l " << long_name
            << " -d '" << option->get_description() << "'\n";
      }
    }
  }
}

}  // namespace

void add_completion_command(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("completion", "Print a script that completes this program's options");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, &app] {
    if (*shell == "fish") return write_fish(std::cout, app);
    if (*shell == "zsh") std::cout << "autoload -U +X bashcompinit && bashcompinit\n";
    write_bash(std::cout, app);
  });
}

}  // namespace modelhost::host

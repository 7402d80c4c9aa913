import type { Rule } from '../engine/rule.ts';
import { HELP_COMMANDS, type HelpCommand } from './help.ts';
import { CHOICES, FORMATS_OF, SHELLS } from './options.ts';

/** An option without what help says of it. `values`: words that it takes; undefined where it takes none, empty for files and free text. */
interface Completion {
  readonly long: string;
  readonly text: string;
  readonly values: readonly string[] | undefined;
}

/** `plimsoll completions SHELL`: a script that the shell reads once; it starts no process later. */
export function completionScript(shell: (typeof SHELLS)[number], rules: readonly Rule[]): string {
  const names = [...new Set(rules.flatMap(({ meta }) => [meta.id, meta.family]))].toSorted();
  const commands = HELP_COMMANDS.map((command) => ({ ...command, completions: completionsOf(command, names) }));
  const scripts = { bash, zsh, fish };
  return scripts[shell](commands, names);
}

/** Options that take several words, separated by commas. */
const LISTS: readonly string[] = ['select', 'ignore', 'fix-rule'];

type Completed = HelpCommand & { readonly completions: readonly Completion[] };

function completionsOf({ name, options }: HelpCommand, rules: readonly string[]): Completion[] {
  return [
    ...options.flatMap(({ written, lines: [text = ''] }): Completion[] => {
      const [, long, takes] = /--([\w-]+)(.*)$/.exec(written) ?? [];
      if (long === undefined || takes === undefined) return [];
      return [{ long, text, values: takes === '' || takes.startsWith('[=') ? undefined : valuesOf(name, long, rules) }];
    }),
    { long: 'help', text: 'what the command takes', values: undefined },
  ];
}

function valuesOf(command: string, option: string, rules: readonly string[]): readonly string[] {
  if (option === 'format') return FORMATS_OF[command as keyof typeof FORMATS_OF];
  if (LISTS.includes(option)) return rules;
  return CHOICES[option as keyof typeof CHOICES] ?? [];
}

/** What a command takes besides options: words, or files. */
function operands({ name }: HelpCommand, rules: readonly string[]): readonly string[] {
  if (name === 'explain') return rules;
  return name === 'completions' ? SHELLS : [];
}

function bash(commands: readonly Completed[], rules: readonly string[]): string {
  const cases = commands.map((command) => {
    const valued = command.completions.filter(({ values }) => values !== undefined);
    const values = valued.map(({ long, values: words = [] }) =>
      words.length === 0 ? `        --${long}) return ;;` : `        --${long}) words='${words.join(' ')}' ;;`,
    );
    const options = command.completions.map(({ long }) => `--${long}`).join(' ');
    return `    ${command.name})
      case $previous in
${values.join('\n')}${values.length === 0 ? '' : '\n'}        *) case $current in -*) words='${options}' ;; *) words='${operands(command, rules).join(' ')}' ;; esac ;;
      esac ;;`;
  });
  return `# plimsoll completions bash > ~/.local/share/bash-completion/completions/plimsoll
_plimsoll() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' word words='' kept=''
  COMPREPLY=()
  # bash takes --format=json apart at the sign.
  if [ "$previous" = = ] && [ "$COMP_CWORD" -gt 2 ]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [ "$current" = = ]; then current=''; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${commands.map(({ name }) => name).join('|')}) command=$word; break ;; esac
  done
  case $command in
${cases.join('\n')}
    *) words='${commands.map(({ name }) => name).join(' ')} --help --version' ;;
  esac
  case $previous in ${LISTS.map((name) => `--${name}`).join('|')}) kept=\${current%"\${current##*,}"} ;; esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -P "$kept" -W "$words" -- "\${current#"$kept"}")); fi
}
complete -o bashdefault -o default -F _plimsoll plimsoll
`;
}

function zsh(commands: readonly Completed[], rules: readonly string[]): string {
  const cases = commands.map((command) => {
    const specs = command.completions.map(({ long, text, values }) => {
      const told = text.replace(/[[\]:']/g, ' ');
      if (values === undefined) return `'--${long}[${told}]'`;
      const list = LISTS.includes(long) ? `_values -s , ${long} ${values.join(' ')}` : `(${values.join(' ')})`;
      return `'*--${long}[${told}]:${long}:${values.length === 0 ? '_files' : list}'`;
    });
    const words = operands(command, rules);
    return `    (${command.name}) _arguments -S ${[...specs, `'*:what:${words.length === 0 ? '_files' : `(${words.join(' ')})`}'`].join(' ')} ;;`;
  });
  return `#compdef plimsoll
# plimsoll completions zsh > a directory of fpath, as _plimsoll
_plimsoll() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C '--help[what the commands are]' '--version[which version this is]' '1: :->command' '*:: :->rest'
  case $state in
    (command) _values command ${commands.map(({ name, summary }) => `'${name}[${summary.replace(/[[\]:']/g, ' ')}]'`).join(' ')} ;;
    (rest) case $words[1] in
${cases.join('\n')}
    esac ;;
  esac
}
if [ "$funcstack[1]" = _plimsoll ]; then _plimsoll "$@"; else compdef _plimsoll plimsoll; fi
`;
}

function fish(commands: readonly Completed[], rules: readonly string[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap((command) => {
    const { name, summary, completions } = command;
    const within = `complete -c plimsoll -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
    const words = operands(command, rules);
    return [
      `complete -c plimsoll -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
      ...completions.map(({ long, text, values }) => {
        const list = LISTS.includes(long) ? `(__fish_append , ${values?.join(' ')})` : values?.join(' ');
        const takes = list === undefined ? '' : list === '' ? ' -r' : ` -x -a ${quoted(list)}`;
        return `${within} -l ${long}${takes} -d ${quoted(text)}`;
      }),
      ...(words.length === 0 ? [] : [`${within} -f -a ${quoted(words.join(' '))}`]),
    ];
  });
  return `# plimsoll completions fish > ~/.config/fish/completions/plimsoll.fish
${lines.join('\n')}
complete -c plimsoll -n __fish_use_subcommand -l version -d 'which version this is'
complete -c plimsoll -n __fish_use_subcommand -l help -d 'what the commands are'
`;
}

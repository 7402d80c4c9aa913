import type { Setting } from '../dockerfile/environment.ts';
import { DEFAULT_PATH } from '../dockerfile/environment.ts';
import { bounded, expand, type Lookup, type Value } from '../dockerfile/expand.ts';
import type { Range } from '../dockerfile/range.ts';
import { joinPath, type Step } from '../dockerfile/stages.ts';
import type { ShellAssignment, ShellCommand, ShellScope, ShellWord } from '../shell/script.ts';
import { isLoginShell } from '../shell/step-script.ts';

/** Where the value of a variable comes from, as a command sees it. */
export interface Variable {
  readonly name: string;
  readonly value: Value;
  /** `command`: set for this command alone; `script`: set earlier in the RUN; else by an instruction. */
  readonly origin: 'command' | 'script' | 'ENV' | 'ARG' | 'base';
  /** The `NAME=value` text; undefined for a base image's variable. */
  readonly range: Range | undefined;
  readonly isWhole: boolean;
  /** The instruction's setting, for ENV and ARG. */
  readonly setting: Setting | undefined;
  /** The command that sets it, for `script`. */
  readonly command: ShellCommand | undefined;
}

/** What a scope of a RUN has changed so far. */
interface ScopeState {
  cwd: Value;
  readonly variables: Map<string, Variable>;
  /** Set by a login shell, `eval "$(…)"` or a file that was sourced: PATH may be anything. */
  isPathUnknown: boolean;
  /** The next nested shell is a login shell. */
  nextIsLogin: boolean;
}

/** Files that are sourced often and leave PATH's Python alone. */
const HARMLESS_SOURCES = /(?:^|\/)(?:nvm\.sh|os-release|envvars|\.?cargo\/env|lsb-release)$/;

const UNKNOWN: Value = { text: '', known: false };

/**
 * Follows one RUN command by command: directory, variables and PATH as each command finds them. What a subshell or nested
 * shell changes is gone behind it.
 */
export class Flow {
  readonly #step: Step;
  readonly #states = new Map<ShellScope, ScopeState>();

  constructor(step: Step) {
    this.#step = step;
  }

  #state(scope: ShellScope): ScopeState {
    const known = this.#states.get(scope);
    if (known !== undefined) return known;
    const parent = scope.parent && this.#state(scope.parent);
    const state: ScopeState = {
      cwd: parent?.cwd ?? this.#step.state.workdir,
      variables: new Map(parent?.variables),
      isPathUnknown:
        parent?.isPathUnknown ??
        this.#step.state.shell.slice(1).some((word) => word === '--login' || /^-\w*l/.test(word)),
      nextIsLogin: false,
    };
    if (parent?.nextIsLogin) {
      state.isPathUnknown = true;
      parent.nextIsLogin = false;
    }
    this.#states.set(scope, state);
    return state;
  }

  /** A variable as `command` finds it in its environment; undefined where it is certainly unset. */
  variable(name: string, command: ShellCommand): Variable | undefined {
    const own = command.assignments.findLast((assignment) => assignment.name === name);
    if (own !== undefined && command.words.length > 0) return this.#assigned(own, command, 'command');
    const inScript = this.#state(command.scope).variables.get(name);
    if (inScript !== undefined) return inScript;
    const value = this.#step.lookup(name);
    if (value === undefined) return undefined;
    const setting = this.#step.stage.environment.setting(name, this.#step.index);
    return {
      name,
      value,
      origin: setting?.by ?? 'base',
      range: setting?.pair.range,
      isWhole: setting !== undefined,
      setting,
      command: undefined,
    };
  }

  #assigned(assignment: ShellAssignment, command: ShellCommand, origin: 'command' | 'script'): Variable {
    return {
      name: assignment.name,
      value: assignment.value === undefined ? { text: '', known: true } : this.expand(assignment.value, command),
      origin,
      range: assignment.range,
      isWhole: assignment.isWhole,
      setting: undefined,
      command,
    };
  }

  /** A word with its variables and `~` expanded; not known where a part of it is not. Globs stay. */
  expand(word: ShellWord, command: ShellCommand): Value {
    return this.#expandText(word.value, word, command);
  }

  #expandText(text: string, word: ShellWord, command: ShellCommand): Value {
    const home = /^~(?=\/|$)/.test(word.text) ? this.home(command) : undefined;
    const path = home === undefined ? text : home.text + text.slice(1);
    if (word.isLiteral) return { text: path, known: home?.known ?? true };
    const lookup: Lookup = (name) =>
      this.#state(command.scope).variables.get(name)?.value ??
      this.#loopValue(name, command) ??
      this.#step.lookup(name);
    const value = expand(path, lookup, { escape: '\0', keepQuotes: true });
    const known = value.known && (home?.known ?? true) && !/\$\(|`/.test(value.text);
    return bounded({ text: value.text, known });
  }

  /** `for f in WORD`: the loop variable stands for its one word. */
  #loopValue(name: string, command: ShellCommand): Value | undefined {
    const loop = command.loops.findLast((candidate) => candidate.name === name);
    if (loop === undefined) return undefined;
    const [word] = loop.words;
    return word !== undefined && loop.words.length === 1
      ? { text: word.value, known: word.isLiteral }
      : { text: `$${name}`, known: false };
  }

  /** The words of a command with a variable in its name worked out: `python$VERSION -m pip`. */
  words(command: ShellCommand): readonly ShellWord[] {
    const [first, ...rest] = command.words;
    if (first === undefined || first.isLiteral) return command.words;
    const { text, known } = this.expand(first, command);
    if (!known) return command.words;
    const { range, valueMap } = first;
    return [
      { text: first.text, value: text, isLiteral: true, hasGlob: false, range, isWhole: false, valueMap },
      ...rest,
    ];
  }

  /** The home directory of the user a command runs as. */
  home(command: ShellCommand): Value {
    const wrapper = command.wrappers.findLast(({ name }) =>
      ['sudo', 'gosu', 'su-exec', 'runuser', 'doas'].includes(name),
    );
    if (wrapper === undefined) {
      const home = this.#state(command.scope).variables.get('HOME')?.value ?? this.#step.lookup('HOME');
      if (home?.known) return home;
    }
    const user = wrapper === undefined ? (this.#step.state.user?.text ?? 'root') : (wrapper.user?.value ?? 'root');
    const name = user.split(':')[0] ?? '';
    if (name === 'root' || name === '0' || name === '')
      return { text: '/root', known: wrapper !== undefined || this.#isRootSure() };
    return { text: `/home/${name}`, known: false };
  }

  #isRootSure(): boolean {
    const { user } = this.#step.state;
    return user?.known === true;
  }

  cwd(command: ShellCommand): Value {
    return this.#state(command.scope).cwd;
  }

  /** A path as the command finds it: expanded, and joined to the directory where it is relative. */
  path(word: ShellWord, command: ShellCommand): Value {
    return joinPath(this.cwd(command), this.expand(word, command));
  }

  /**
   * PATH for looking up the command's own name. sudo looks names up by its secure_path, which stock sudoers set
   * (sudoers(5)); a login shell may have set anything.
   */
  searchPath(command: ShellCommand): Value {
    const own = command.assignments.findLast((assignment) => assignment.name === 'PATH');
    if (own?.value !== undefined) return this.expand(own.value, command);
    if (
      command.wrappers.some(
        ({ name, options }) => name === 'sudo' && !options.some((option) => /preserve-env=.*PATH/.test(option.value)),
      )
    )
      return { text: DEFAULT_PATH, known: true };
    const state = this.#state(command.scope);
    const inScript = state.variables.get('PATH');
    if (inScript !== undefined) return inScript.value;
    return state.isPathUnknown ? UNKNOWN : (this.#step.lookup('PATH') ?? UNKNOWN);
  }

  /** Takes in what a command changes for those behind it. */
  apply(command: ShellCommand): void {
    const state = this.#state(command.scope);
    if (command.within.includes('function')) return;
    if (command.words.length === 0) for (const assignment of command.assignments) this.#set(state, assignment, command);
    switch (command.program) {
      case 'export':
      case 'declare':
      case 'typeset':
      case 'readonly':
      case 'local':
        for (const word of command.words.slice(1)) this.#export(state, word, command);
        break;
      case 'unset':
        for (const word of command.words.slice(1))
          state.variables.set(word.value, {
            name: word.value,
            value: { text: '', known: true },
            origin: 'script',
            range: word.range,
            isWhole: word.isWhole,
            setting: undefined,
            command,
          });
        break;
      case 'cd':
      case 'pushd':
        state.cwd = command.words[1] === undefined ? UNKNOWN : this.path(command.words[1], command);
        break;
      case 'popd':
        state.cwd = UNKNOWN;
        break;
      case '.':
      case 'source':
        this.#source(state, command);
        break;
      case 'eval':
        if (command.words.slice(1).some((word) => !word.isLiteral)) this.#loosePath(state);
        break;
      case 'conda':
      case 'mamba':
      case 'micromamba':
      case 'pyenv':
      case 'workon':
        if (command.words[1]?.value === 'activate' || command.program === 'workon') this.#loosePath(state);
        break;
    }
    if (
      isLoginShell(command) ||
      (command.program === 'su' && command.words.some((word) => /^(?:-|-l|--login)$/.test(word.value)))
    )
      state.nextIsLogin = true;
  }

  #set(state: ScopeState, assignment: ShellAssignment, command: ShellCommand): void {
    state.variables.set(assignment.name, this.#assigned(assignment, command, 'script'));
  }

  #export(state: ScopeState, word: ShellWord, command: ShellCommand): void {
    const match = /^([A-Za-z_]\w*)=/.exec(word.value);
    if (match === null) return;
    const text = word.value.slice(match[0].length);
    state.variables.set(match[1] ?? '', {
      name: match[1] ?? '',
      value: this.#expandText(text, word, command),
      origin: 'script',
      range: word.range,
      isWhole: word.isWhole,
      setting: undefined,
      command,
    });
  }

  #source(state: ScopeState, command: ShellCommand): void {
    const word = command.words[1];
    if (word === undefined) return;
    const prefix = activatedPrefix(this.path(word, command));
    if (prefix === undefined) {
      if (!HARMLESS_SOURCES.test(word.value)) this.#loosePath(state);
      return;
    }
    const path = state.variables.get('PATH')?.value ?? this.#step.lookup('PATH') ?? UNKNOWN;
    const set = (name: string, value: Value): void => {
      state.variables.set(name, {
        name,
        value,
        origin: 'script',
        range: word.range,
        isWhole: false,
        setting: undefined,
        command,
      });
    };
    set('VIRTUAL_ENV', prefix);
    set('PATH', { text: `${prefix.text}/bin:${path.text}`, known: prefix.known && path.known });
  }

  #loosePath(state: ScopeState): void {
    state.isPathUnknown = true;
    state.variables.delete('PATH');
  }
}

/** The environment that sourcing this file activates: `PREFIX/bin/activate`. */
export function activatedPrefix(file: Value): Value | undefined {
  const match = /^(.*)\/bin\/activate$/.exec(file.text);
  return match === null ? undefined : { text: match[1] === '' ? '/' : (match[1] ?? ''), known: file.known };
}

import type { Value } from '../dockerfile/expand.ts';
import type { Step } from '../dockerfile/stages.ts';
import { programOf, type ShellCommand, type ShellScope, type ShellScript, type ShellWord } from '../shell/script.ts';
import { isLoginShell } from '../shell/step-script.ts';
import { Call, inChain, type Moment, type Order, type Variable } from './call.ts';

/** What a scope of a RUN has changed so far. Each change makes a new moment: calls keep the one they found. */
interface ScopeState {
  moment: Moment;
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
  readonly #securePath: string | undefined;
  readonly #states = new Map<ShellScope, ScopeState>();

  /** `securePath`: what sudo of the distribution looks programs up in. */
  constructor(step: Step, securePath: string | undefined) {
    this.#step = step;
    this.#securePath = securePath;
  }

  /** The next command of the script, with what those before it have set. */
  call(command: ShellCommand, script: ShellScript, order: Order): Call {
    return new Call(command, script, this.#step, order, this.#state(command.scope).moment);
  }

  #state(scope: ShellScope): ScopeState {
    const known = this.#states.get(scope);
    if (known !== undefined) return known;
    const parent = scope.parent && this.#state(scope.parent);
    const { state: start } = this.#step;
    const moment = parent?.moment ?? this.#start(start);
    const state: ScopeState = {
      moment: parent?.nextIsLogin ? { ...moment, isPathUnknown: true } : moment,
      nextIsLogin: false,
    };
    if (parent !== undefined) parent.nextIsLogin = false;
    this.#states.set(scope, state);
    return state;
  }

  /** What the shell of the step begins with; bash reads the file that BASH_ENV names (bash(1), Invocation). */
  #start(start: Step['state']): Moment {
    const moment: Moment = {
      cwd: start.workdir,
      variables: undefined,
      securePath: this.#securePath,
      isPathUnknown: start.shell.slice(1).some((word) => word === '--login' || /^-\w*l/.test(word)),
    };
    const { environment } = this.#step.stage;
    // Exec form starts no shell.
    if (this.#step.instruction.json) return moment;
    const file = environment.setting('BASH_ENV', this.#step.index)?.value;
    if (file === undefined || file.text === '' || programOf(start.shell[0] ?? '') !== 'bash') return moment;
    const prefix = file.known ? activatedPrefix(file) : undefined;
    if (prefix === undefined) return { ...moment, isPathUnknown: true };
    const path = this.#step.lookup('PATH') ?? UNKNOWN;
    const setBefore = (name: string, value: Value): Variable => ({
      name,
      value,
      origin: 'script',
      range: undefined,
      isWhole: false,
      setting: undefined,
      command: undefined,
    });
    const first = { variable: setBefore('VIRTUAL_ENV', prefix), before: undefined };
    const text = withBin(prefix, path);
    return { ...moment, variables: { variable: setBefore('PATH', text), before: first } };
  }

  /** Takes in what a command changes for those behind it. */
  apply(call: Call): void {
    const { command } = call;
    const state = this.#state(command.scope);
    if (command.within.includes('function')) return;
    if (command.words.length === 0)
      for (const assignment of command.assignments) set(state, call.assigned(assignment, 'script'));
    switch (command.program) {
      case 'export':
      case 'declare':
      case 'typeset':
      case 'readonly':
      case 'local':
        for (const word of command.words.slice(1)) this.#export(state, word, call);
        break;
      case 'unset':
        for (const word of command.words.slice(1))
          set(state, variableOf(word.value, { text: '', known: true }, word, command));
        break;
      case 'cd':
      case 'pushd': {
        const word = command.words[1];
        state.moment = { ...state.moment, cwd: word === undefined ? UNKNOWN : call.path(word) };
        break;
      }
      case 'popd':
        state.moment = { ...state.moment, cwd: UNKNOWN };
        break;
      case '.':
      case 'source':
        this.#source(state, call);
        break;
      case 'deactivate':
        set(state, setBy('PATH', this.#step.lookup('PATH') ?? UNKNOWN, command));
        set(state, setBy('VIRTUAL_ENV', { text: '', known: true }, command));
        break;
      case 'eval':
        if (command.words.slice(1).some((word) => !word.isLiteral)) loosePath(state, command);
        break;
      case 'conda':
      case 'mamba':
      case 'micromamba':
      case 'pyenv':
      case 'workon':
        if (command.words[1]?.value === 'activate' || command.program === 'workon') loosePath(state, command);
        break;
    }
    if (
      isLoginShell(command) ||
      (command.program === 'su' && command.words.some((word) => /^(?:-|-l|--login)$/.test(word.value)))
    )
      state.nextIsLogin = true;
  }

  #export(state: ScopeState, word: ShellWord, call: Call): void {
    const match = /^([A-Za-z_]\w*)=/.exec(word.value);
    if (match === null) return;
    const value = call.expandText(word.value.slice(match[0].length), word);
    set(state, variableOf(match[1] ?? '', value, word, call.command));
  }

  #source(state: ScopeState, call: Call): void {
    const word = call.command.words[1];
    if (word === undefined) return;
    const prefix = activatedPrefix(call.path(word));
    if (prefix === undefined) {
      if (!HARMLESS_SOURCES.test(word.value)) loosePath(state, call.command);
      return;
    }
    const path = inChain(state.moment.variables, 'PATH')?.value ?? this.#step.lookup('PATH') ?? UNKNOWN;
    const text = withBin(prefix, path);
    // Neither stands in the file as an assignment: no edit may touch it.
    set(state, { ...variableOf('VIRTUAL_ENV', prefix, word, call.command), isWhole: false });
    set(state, { ...variableOf('PATH', text, word, call.command), isWhole: false });
  }
}

function variableOf(name: string, value: Value, { range, isWhole }: ShellWord, command: ShellCommand): Variable {
  return { name, value, origin: 'script', range, isWhole, setting: undefined, command };
}

function set(state: ScopeState, variable: Variable): void {
  const { moment } = state;
  state.moment = { ...moment, variables: { variable, before: moment.variables } };
}

function loosePath(state: ScopeState, command: ShellCommand): void {
  set(state, setBy('PATH', { text: '$PATH', known: false }, command));
}

/** What a command sets without naming it. */
function setBy(name: string, value: Value, command: ShellCommand): Variable {
  return { name, value, origin: 'script', range: undefined, isWhole: false, setting: undefined, command };
}

/** The environment that sourcing this file activates: `PREFIX/bin/activate`. */
export function activatedPrefix(file: Value): Value | undefined {
  const match = /^(.*)\/bin\/activate$/.exec(file.text);
  return match === null ? undefined : { text: match[1] === '' ? '/' : (match[1] ?? ''), known: file.known };
}

/** PATH as activation leaves it. */
function withBin(prefix: Value, path: Value): Value {
  return { text: `${prefix.text}/bin:${path.text}`, known: prefix.known && path.known };
}

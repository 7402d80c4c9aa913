import type { Setting } from '../dockerfile/environment.ts';
import { DEFAULT_PATH } from '../dockerfile/environment.ts';
import { bounded, expand, type Lookup, type Value } from '../dockerfile/expand.ts';
import type { Range } from '../dockerfile/range.ts';
import { joinPath, type Step } from '../dockerfile/stages.ts';
import {
  programOf,
  type ShellAssignment,
  type ShellCommand,
  type ShellScript,
  type ShellWord,
} from '../shell/script.ts';

/** A place in a stage's order: of two places of one stage the later one is greater. */
export type Order = number;

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

/** The variables a script has set so far, the latest first. A list grows by one link; a copied map would cost its size. */
export interface VariableChain {
  readonly variable: Variable;
  readonly before: VariableChain | undefined;
}

/** What a script has changed before a command: nothing of it changes later. */
export interface Moment {
  readonly cwd: Value;
  readonly variables: VariableChain | undefined;
  /** Set by a login shell, `eval "$(…)"` or a file that was sourced: PATH may be anything. */
  readonly isPathUnknown: boolean;
  /** What sudo looks programs up in; undefined: as upstream's sudoers set it. */
  readonly securePath: string | undefined;
}

const UNKNOWN: Value = { text: '', known: false };

/** What a script has set a variable to last; undefined where it has not. */
export function inChain(chain: VariableChain | undefined, name: string): Variable | undefined {
  for (let at = chain; at !== undefined; at = at.before) if (at.variable.name === name) return at.variable;
  return undefined;
}

/** Whether `USER` text, group and all, means root; undefined where nobody can tell. */
export function isRootUser(user: Value | undefined): boolean | undefined {
  return user?.known ? /^(?:root|0)?(?::|$)/.test(user.text) : undefined;
}

/** A command with what it finds when it runs: directory, variables, PATH. */
export class Call {
  readonly command: ShellCommand;
  readonly script: ShellScript;
  readonly step: Step;
  readonly order: Order;
  readonly #moment: Moment;
  #words: readonly ShellWord[] | undefined;

  constructor(command: ShellCommand, script: ShellScript, step: Step, order: Order, moment: Moment) {
    this.command = command;
    this.script = script;
    this.step = step;
    this.order = order;
    this.#moment = moment;
  }

  /** The words of the command, with a variable in its name worked out: `python$VERSION -m pip`. */
  get words(): readonly ShellWord[] {
    this.#words ??= this.#nameExpanded();
    return this.#words;
  }

  /** The command's name without its directory; '' where there is none. */
  get program(): string {
    return programOf(this.words[0]?.value ?? '');
  }

  /** The words behind the name that are no options. */
  get operands(): readonly ShellWord[] {
    return this.words.slice(1).filter((word) => !/^-./.test(word.value));
  }

  #nameExpanded(): readonly ShellWord[] {
    const [first, ...rest] = this.command.words;
    if (first === undefined || first.isLiteral) return this.command.words;
    const { text, known } = this.expand(first);
    if (!known) return this.command.words;
    const { range, valueMap } = first;
    return [
      { text: first.text, value: text, isLiteral: true, hasGlob: false, range, isWhole: false, valueMap },
      ...rest,
    ];
  }

  /** A variable as the command finds it in its environment; undefined where it is certainly unset. */
  variable(name: string): Variable | undefined {
    const own = this.command.assignments.findLast((assignment) => assignment.name === name);
    if (own !== undefined && this.command.words.length > 0) return this.assigned(own, 'command');
    if (this.#isUnset(name)) return undefined;
    const inScript = inChain(this.#moment.variables, name);
    if (inScript !== undefined) return inScript;
    const value = this.step.lookup(name);
    if (value === undefined) return undefined;
    const setting = this.step.stage.environment.setting(name, this.step.index);
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

  /** `env -u NAME`, `env -i`. */
  #isUnset(name: string): boolean {
    return this.command.wrappers.some(
      (wrapper) =>
        wrapper.name === 'env' &&
        wrapper.options.some(
          ({ value }, index) =>
            value === '-i' ||
            value === '--ignore-environment' ||
            value === `--unset=${name}` ||
            value === `-u${name}` ||
            (/^(?:-u|--unset)$/.test(value) && wrapper.options[index + 1]?.value === name),
        ),
    );
  }

  /** What an assignment of the command sets. */
  assigned({ name, value, range, isWhole }: ShellAssignment, origin: 'command' | 'script'): Variable {
    return {
      name,
      value: value === undefined ? { text: '', known: true } : this.expand(value),
      origin,
      range,
      isWhole,
      setting: undefined,
      command: this.command,
    };
  }

  /** A word with its variables and `~` expanded; not known where a part of it is not. Globs stay. */
  expand(word: ShellWord): Value {
    return this.expandText(word.value, word);
  }

  /** A part of a word, expanded as the word would be. */
  expandText(text: string, word: ShellWord): Value {
    const home = /^~(?=\/|$)/.test(word.text) ? this.home : undefined;
    const path = home === undefined ? text : home.text + text.slice(1);
    if (word.isLiteral) return { text: path, known: home?.known ?? true };
    const lookup: Lookup = (name) =>
      (name === 'RANDOM' ? { text: '$RANDOM', known: false } : undefined) ??
      inChain(this.#moment.variables, name)?.value ??
      this.#loopValue(name) ??
      this.step.lookup(name);
    const value = expand(path, lookup, { escape: '\0', keepQuotes: true });
    const known = value.known && (home?.known ?? true) && !/\$\(|`/.test(value.text);
    return bounded({ text: value.text, known });
  }

  /** `for f in WORD`: the loop variable stands for its one word. */
  #loopValue(name: string): Value | undefined {
    const loop = this.command.loops.findLast((candidate) => candidate.name === name);
    if (loop === undefined) return undefined;
    const [word] = loop.words;
    return word !== undefined && loop.words.length === 1
      ? { text: word.value, known: word.isLiteral }
      : { text: `$${name}`, known: false };
  }

  /** Whoever the command runs as: by sudo and the like, or by USER. Undefined: the image's own user, not known. */
  get user(): Value | undefined {
    const wrapper = this.command.wrappers.findLast(({ name }) =>
      ['sudo', 'gosu', 'su-exec', 'runuser', 'doas'].includes(name),
    );
    if (wrapper === undefined) return this.step.state.user;
    return { text: wrapper.user?.value ?? 'root', known: wrapper.user?.isLiteral ?? true };
  }

  /** Whether root runs it; undefined where nobody can tell. */
  get isRoot(): boolean | undefined {
    const { user } = this;
    return isRootUser(user);
  }

  /** The home directory of the user the command runs as. */
  get home(): Value {
    const isSwitched = this.user !== this.step.state.user;
    if (!isSwitched) {
      const home = inChain(this.#moment.variables, 'HOME')?.value ?? this.step.lookup('HOME');
      if (home?.known) return home;
    }
    const name = (this.user?.text ?? 'root').split(':')[0] ?? '';
    if (name === 'root' || name === '0' || name === '') return { text: '/root', known: this.user?.known === true };
    return { text: `/home/${name}`, known: false };
  }

  get cwd(): Value {
    return this.#moment.cwd;
  }

  /** A path as the command finds it: expanded, and joined to the directory where it is relative. */
  path(word: ShellWord): Value {
    return joinPath(this.cwd, this.expand(word));
  }

  /**
   * PATH for looking up the command's own name. sudo looks names up by its secure_path, which stock sudoers set
   * (sudoers(5)); a login shell may have set anything.
   */
  get searchPath(): Value {
    const own = this.command.assignments.findLast((assignment) => assignment.name === 'PATH');
    if (own?.value !== undefined) return this.expand(own.value);
    if (
      this.command.wrappers.some(
        ({ name, options }) => name === 'sudo' && !options.some((option) => /preserve-env=.*PATH/.test(option.value)),
      )
    )
      return { text: this.#moment.securePath ?? DEFAULT_PATH, known: true };
    const inScript = inChain(this.#moment.variables, 'PATH');
    if (inScript !== undefined) return inScript.value;
    return this.#moment.isPathUnknown ? UNKNOWN : (this.step.lookup('PATH') ?? UNKNOWN);
  }
}

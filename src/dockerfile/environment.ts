import type { Lookup, Value } from './expand.ts';
import type { Instruction, Pair } from './instructions.ts';

/** What Docker sets where an image sets no PATH (moby, oci/defaults). */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** One setting of a variable by an instruction. */
export interface Setting {
  readonly name: string;
  readonly value: Value;
  readonly by: 'ENV' | 'ARG';
  readonly instruction: Instruction;
  readonly pair: Pair;
  /** Index of the step that sets it; it holds from the next step on. */
  readonly step: number;
}

/**
 * The variables of a stage at every step: ENV and ARG go on into stages built FROM this one, ENV wins over ARG (Dockerfile
 * reference, ARG; Docker manual, Build variables, scoping).
 */
export class Environment {
  readonly #env = new Map<string, Setting[]>();
  readonly #arg = new Map<string, Setting[]>();
  readonly #parent: Environment | undefined;
  readonly #base: Lookup | undefined;

  /** `parent`: the stage named by FROM. `base`: what is known of an image's own variables; undefined: nothing is. */
  constructor(parent: Environment | undefined, base: Lookup | undefined) {
    this.#parent = parent;
    this.#base = base;
  }

  set(setting: Setting): void {
    const map = setting.by === 'ENV' ? this.#env : this.#arg;
    const list = map.get(setting.name);
    if (list === undefined) map.set(setting.name, [setting]);
    else list.push(setting);
  }

  /** The setting that holds just before `step`, or at the stage's end. */
  setting(name: string, step = Number.POSITIVE_INFINITY): Setting | undefined {
    return this.#envSetting(name, step) ?? this.#argSetting(name, step);
  }

  #argSetting(name: string, step: number): Setting | undefined {
    const own = lastBefore(this.#arg.get(name), step);
    if (own !== undefined || this.#parent === undefined) return own;
    return this.#parent.#argSetting(name, Number.POSITIVE_INFINITY);
  }

  #envSetting(name: string, step: number): Setting | undefined {
    const own = lastBefore(this.#env.get(name), step);
    if (own !== undefined || this.#parent === undefined) return own;
    return this.#parent.#envSetting(name, Number.POSITIVE_INFINITY);
  }

  /**
   * The value just before `step`. Undefined: certainly not set. Where the base image is unknown, any variable may be set:
   * then the value is `$NAME`, not known.
   */
  get(name: string, step = Number.POSITIVE_INFINITY): Value | undefined {
    return this.setting(name, step)?.value ?? this.#ofBase(name);
  }

  #ofBase(name: string): Value | undefined {
    if (this.#parent !== undefined) return this.#parent.#ofBase(name);
    if (this.#base === undefined) return { text: `\${${name}}`, known: false };
    return this.#base(name);
  }

  /** All settings of the stage itself in order, not those it inherits. */
  settings(): Setting[] {
    return [...this.#env.values(), ...this.#arg.values()]
      .flat()
      .sort((a, b) => a.step - b.step || a.pair.range.start - b.pair.range.start);
  }
}

function lastBefore(settings: readonly Setting[] | undefined, step: number): Setting | undefined {
  if (settings === undefined) return undefined;
  for (let index = settings.length - 1; index >= 0; index--) {
    const setting = settings[index];
    if (setting !== undefined && setting.step < step) return setting;
  }
  return undefined;
}

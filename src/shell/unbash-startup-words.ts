import type { ParameterExpansionPart, Word, WordPart } from 'unbash';
import { literal, matchesPattern, type PatternPart, parsePattern, withoutPiece } from './patterns.ts';
import type { StartupWorld, Status } from './startup-tests.ts';

/** Variables by name; null where the value is not known. What is not in it is not set. */
export type Variables = ReadonlyMap<string, string | null>;

/** Characters of a text that a piece is taken from, of a variable's value, and of a pattern. */
const MAX_PIECE = 512;
const MAX_VALUE = 64 * 1024;
const MAX_PATTERN = 256;

/** What words become in a start-up file: variables, arguments of functions, the few commands that such files ask. */
export class StartupWords {
  variables: Map<string, string | null>;
  arguments: readonly (string | null)[] = [];
  readonly #world: StartupWorld;

  constructor(variables: Variables, world: StartupWorld) {
    this.variables = new Map(variables);
    this.#world = world;
  }

  /** The value of a word that is one field; null where it is not known. */
  word(word: Word): string | null {
    if (word.parts === undefined) return word.text.startsWith('~') ? this.#tilde(word, word.value) : word.value;
    let text = '';
    for (const part of word.parts) {
      const value = this.#part(part);
      // A text that doubles itself again and again.
      if (value === null || text.length + value.length > MAX_VALUE) return null;
      text += value;
    }
    return this.#tilde(word, text);
  }

  /** A tilde at the start of a word stands for the home directory. */
  #tilde({ text: source }: Word, text: string): string | null {
    if (!/^~(?=\/|$)/.test(source)) return text;
    const home = this.variables.get('HOME');
    return home == null ? null : home + text.slice(1);
  }

  #part(part: WordPart): string | null {
    switch (part.type) {
      case 'Literal':
      case 'SingleQuoted':
      case 'AnsiCQuoted':
        return part.value;
      case 'Glob':
        return part.text;
      case 'DoubleQuoted':
      case 'LocaleString': {
        let text = '';
        for (const child of part.parts) {
          const value = this.#part(child);
          if (value === null) return null;
          text += value;
        }
        return text;
      }
      case 'SimpleExpansion':
        return this.#variable(part.text.slice(1));
      case 'ParameterExpansion':
        return this.#parameter(part);
      case 'CommandExpansion':
        return this.#output(part.text);
      default:
        return null;
    }
  }

  #variable(name: string): string | null {
    if (/^\d+$/.test(name)) return name === '0' ? 'bash' : (this.arguments[Number(name) - 1] ?? '');
    if (name === '#') return String(this.arguments.length);
    if (name === '-') return 'hB';
    if (name === '@' || name === '*') return this.arguments.includes(null) ? null : this.arguments.join(' ');
    const isBash = this.variables.has('BASH_VERSION');
    if (isBash && (name === 'UID' || name === 'EUID')) return String(this.#world.uid);
    const value = this.variables.get(name);
    return value === undefined ? '' : value;
  }

  #parameter({ parameter, prefix, index, operation }: ParameterExpansionPart): string | null {
    if (prefix !== undefined || index !== undefined) return null;
    const isSet = /^\W$|^\d+$/.test(parameter) ? this.#variable(parameter) !== '' : this.variables.has(parameter);
    const value = this.#variable(parameter);
    if (operation === undefined) return value;
    if (operation.type === 'Default') {
      const { operator, operand } = operation;
      if (isSet && value === null) return null;
      const isMissing = operator.startsWith(':') ? value === '' : !isSet;
      if (operator.endsWith('+')) return isMissing ? '' : this.word(operand);
      if (!isMissing) return value;
      const other = this.word(operand);
      if (operator.endsWith('=')) this.variables.set(parameter, other);
      return other;
    }
    if (operation.type === 'Remove') {
      const source = this.#pattern(operation.operand);
      if (value === null || source === null || value.length > MAX_PIECE) return null;
      return withoutPiece(value, source, operation.operator);
    }
    return null;
  }

  /** What a command prints, for the few that start-up files ask. */
  #output(text: string): string | null {
    const command = text.replace(/^(?:\$\(|`)\s*|\s*(?:\)|`)$/g, '').replace(/\s*2>\s*\/dev\/null$/, '');
    if (/^(?:\/usr\/bin\/|\/bin\/)?id -u$/.test(command)) return String(this.#world.uid);
    if (/^(?:(?:\/usr\/bin\/|\/bin\/)?(?:id -un|whoami)|logname)$/.test(command)) return this.#world.userName ?? null;
    if (/^(?:\/usr\/bin\/|\/bin\/)?uname(?: -s)?$/.test(command)) return 'Linux';
    const [, expression, directory] = /^run-parts --list(?: --regex[ =]'([^']*)')? (\S+)$/.exec(command) ?? [];
    if (directory !== undefined) {
      let pattern: RegExp;
      try {
        pattern = new RegExp(expression ?? '^[a-zA-Z0-9_-]+$');
      } catch {
        return null;
      }
      const names = this.#world.list(directory).filter((name) => pattern.test(name));
      return names.map((name) => `${directory}/${name}`).join('\n');
    }
    return null;
  }

  /** The fields that a word becomes: split where something unquoted is expanded, names where there is a pattern. */
  fields(word: Word): (string | null)[] | null {
    const parts = word.parts ?? [];
    const text = this.word(word);
    if (text === null) return null;
    if (parts.some(({ type }) => type === 'Glob')) return this.#glob(text);
    const isSplit = parts.some(({ type }) => /^(?:Simple|Parameter|Command)Expansion$/.test(type));
    return isSplit ? text.split(/\s+/).filter(Boolean) : [text];
  }

  #glob(pattern: string): string[] {
    const slash = pattern.lastIndexOf('/');
    const directory = pattern.slice(0, Math.max(slash, 0)) || '/';
    // A pattern in a directory's name is rare, and left as it stands.
    if (slash === -1 || /[*?[]/.test(directory)) return [pattern];
    const parts = parsePattern(pattern.slice(slash + 1));
    const names = this.#world
      .list(directory)
      .filter((name) => name.length <= MAX_PIECE && matchesPattern(parts, name) && !name.startsWith('.'));
    return names.length === 0 ? [pattern] : names.map((name) => `${pattern.slice(0, slash)}/${name}`);
  }

  /** A pattern of `case` or `${x#…}`: what is quoted or expanded stands for itself. */
  #pattern(word: Word): PatternPart[] | null {
    const parts: PatternPart[] = [];
    if (word.parts === undefined) parts.push(...parsePattern(word.value));
    for (const part of word.parts ?? []) {
      if (part.type === 'Literal' || part.type === 'Glob') parts.push(...parsePattern(part.text));
      else {
        const value = this.#part(part);
        if (value === null) return null;
        parts.push(...literal(value));
      }
    }
    return parts.length > MAX_PATTERN ? null : parts;
  }

  matches(pattern: Word, value: string): Status {
    const parts = this.#pattern(pattern);
    return parts === null || value.length > MAX_VALUE ? null : matchesPattern(parts, value);
  }
}

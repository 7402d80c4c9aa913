import type { Rule } from '../engine/rule.ts';
import type { ShellChecker } from '../shell/shellcheck.ts';
import type { LintArguments } from './argument-types.ts';
import type { Terminal } from './terminal.ts';

/** ShellCheck for those files whose rules ask for it; looked for once. */
export class ShellCheckers {
  readonly #args: LintArguments;
  readonly #terminal: Terminal;
  hasFailed = false;
  #found: { readonly checker: ShellChecker | undefined } | undefined;

  constructor(args: LintArguments, terminal: Terminal) {
    this.#args = args;
    this.#terminal = terminal;
  }

  async of(rules: readonly Rule[]): Promise<ShellChecker | undefined> {
    if (!rules.some(({ check }) => check.asksShellCheck)) return undefined;
    if (this.#found === undefined) {
      const { shellCheckerAt } = await import('./run-shellcheck.ts');
      const checker = shellCheckerAt(this.#args.shellcheck);
      if (checker === undefined && this.#args.verbose)
        this.#terminal.err(
          'plimsoll: shellcheck is not on PATH: shell scripts are not checked; --shellcheck=PATH names it\n',
        );
      this.#found = { checker: checker && this.#told(checker) };
    }
    return this.#found.checker;
  }

  /** A ShellCheck that fails is told once, and the other rules go on. */
  #told(checker: ShellChecker): ShellChecker {
    return (scripts) => {
      if (this.hasFailed) return [];
      try {
        return checker(scripts);
      } catch (error) {
        this.hasFailed = true;
        this.#terminal.err(`plimsoll: ${error instanceof Error ? error.message : String(error)}\n`);
        return [];
      }
    };
  }
}

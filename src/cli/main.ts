import { fstatSync, readFileSync, statSync, writeSync } from 'node:fs';
import { rules } from '../../rules/registry.generated.ts';
import type { Paint } from '../report/text.ts';
import type { LintArguments } from './argument-types.ts';
import { parseArguments } from './arguments.ts';
import { isUsageError } from './errors.ts';
import { lintCommand } from './lint-command.ts';
import type { Terminal } from './terminal.ts';

declare const PLIMSOLL_VERSION: string;

/** Runs a command line and returns the exit code. Only here is anything printed. */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal): Promise<number> {
  try {
    const args = parseArguments(argv);
    switch (args.command) {
      case 'lint': {
        const lint = (seen?: (paths: readonly string[]) => void) =>
          lintCommand(args, rules, PLIMSOLL_VERSION, terminal, seen);
        return args.watch ? await (await import('./watch.ts')).watchLint(args, lint, terminal) : await lint();
      }
      case 'advise': {
        const { adviseCommand } = await import('./advise-command.ts');
        return await adviseCommand(args, rules, PLIMSOLL_VERSION, terminal);
      }
      case 'prove': {
        const { proveCommand } = await import('./prove-command.ts');
        return await proveCommand(args, rules, PLIMSOLL_VERSION, terminal);
      }
      case 'inspect': {
        const { inspectCommand } = await import('./inspect-command.ts');
        return await inspectCommand(args, rules, PLIMSOLL_VERSION, terminal);
      }
      case 'explain': {
        const { explainCommand } = await import('./explain-command.ts');
        const { texts, examples } = await import('../../rules/texts.generated.ts');
        terminal.out(explainCommand(args.rule, rules, texts, examples));
        return 0;
      }
      case 'rules': {
        const { rulesCommand } = await import('./explain-command.ts');
        terminal.out(rulesCommand(rules, args.json));
        return 0;
      }
      case 'config': {
        const { configCommand } = await import('./config-command.ts');
        return await configCommand(args, rules, terminal);
      }
      case 'init': {
        const { initCommand } = await import('./init-command.ts');
        return initCommand(args, rules, PLIMSOLL_VERSION, terminal);
      }
      case 'version':
        terminal.out(`plimsoll ${PLIMSOLL_VERSION}\n`);
        return 0;
      case 'help':
        terminal.out((await import('./help.ts')).helpText(args.topic));
        return 0;
      case 'completions': {
        const { completionScript } = await import('./completions.ts');
        terminal.out(completionScript(args.shell, rules));
        return 0;
      }
    }
  } catch (error) {
    if (isBrokenPipe(error)) return 0;
    if (isUsageError(error)) terminal.err(`plimsoll: ${error.message}\n`);
    else
      terminal.err(
        `plimsoll: our bug: ${error instanceof Error ? error.message : String(error)}; please report it with the command and the file\n`,
      );
    return 2;
  }
}

/** The reader of a pipe has gone (`plimsoll … | head`): nobody wants the rest. */
function isBrokenPipe(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE';
}

/** Writes all of a text; a pipe that is full is waited for. process.stdout would cost every run its set-up. */
function write(descriptor: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
const painted: Paint = (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m`;
const plain: Paint = (_style, text) => text;

/** NO_COLOR (no-color.org) and FORCE_COLOR count where --color does not say. */
async function paintFor(descriptor: number, color: LintArguments['color']): Promise<Paint> {
  if (color !== 'auto') return color === 'always' ? painted : plain;
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return plain;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR === '0' || FORCE_COLOR === 'false' ? plain : painted;
  if (TERM === 'dumb' || !mayBeTerminal(descriptor)) return plain;
  const { isatty } = await import('node:tty');
  return isatty(descriptor) ? painted : plain;
}

/** Only a character device can be one; node:tty brings the network with it, so it is loaded for those alone. */
function mayBeTerminal(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isCharacterDevice() && (process.platform === 'win32' || stat.rdev !== statSync('/dev/null').rdev);
  } catch {
    return false;
  }
}

/** The terminal of this process. */
export const processTerminal: Terminal = {
  out: (text) => write(1, text),
  err: (text) => {
    try {
      write(2, text);
    } catch {
      // Nobody is left to be told.
    }
  },
  readStdin: () => readFileSync(0),
  paint: (stream, color) => paintFor(stream === 'out' ? 1 : 2, color),
  prepareForMany: async () => {
    // A run is over before optimised code pays for its making: on 918 files V8's default took 2.1 s of CPU, this 1.3 s. Loops
    // that are hot for long are still optimised. The number is a budget in bytes of bytecode; only Node 20's V8 knows it.
    if (!process.versions.v8.startsWith('11.')) return;
    const { setFlagsFromString } = await import('node:v8');
    setFlagsFromString('--interrupt-budget=1000000');
  },
};

import { type Edit, replaceRange } from '../../src/dockerfile/edit.ts';
import type { Token } from '../../src/dockerfile/instructions.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { isPythonProgram } from '../../src/python/starts.ts';
import type { ShellScript } from '../../src/shell/script.ts';

/** What only a shell knows. */
const BUILTINS = new Set([
  'cd',
  'eval',
  'exit',
  'export',
  'set',
  'source',
  '.',
  ':',
  'trap',
  'ulimit',
  'umask',
  'unset',
  'wait',
]);

export default defineRule<{ strict: boolean; exec: boolean }>({
  *dockerfile(file, { strict, exec }) {
    for (const { scripts, base } of file.python.stages) {
      for (const { step, script } of scripts) {
        const { instruction, state } = step;
        const { keyword = '', json, args } = instruction;
        const isHealthcheck = keyword === 'HEALTHCHECK';
        const argument = args[isHealthcheck ? 1 : 0];
        if (keyword === 'RUN' || json || argument === undefined || (isHealthcheck && !strict)) continue;
        // Who chose a shell means to have it.
        if (state.shellIsSet && !strict) continue;
        if (!exec && !isHealthcheck && givesWay(script, base?.distribution?.sh)) continue;
        // Of programs of Python the rules about activation tell more.
        if (!exec && script.commands.some(({ program }) => isPythonProgram(program))) continue;
        yield {
          at: argument.range,
          data: { keyword },
          message: isHealthcheck ? 'healthcheck' : undefined,
          fix: fixOf('unsafe', 'Write it as a JSON array', [asJson(file, argument)]),
        };
      }
    }
  },
});

/** `exec program`; and bash and BusyBox' sh put a lone command in their own place, which dash does not. */
function givesWay({ commands }: ShellScript, sh: 'dash' | 'ash' | 'bash' | undefined): boolean {
  const [first, ...more] = commands;
  if (first === undefined || more.length > 0) return false;
  return first.wrappers[0]?.name === 'exec' || sh === 'bash' || sh === 'ash';
}

/** The same without a shell, where no word of it needs one. */
function asJson(file: DockerfileModel, { text, range }: Token): Edit | undefined {
  const command = text.replace(/^exec\s+/, '');
  if (!/^[\w./:=@%+, -]+$/.test(command)) return undefined;
  const words = command.split(/\s+/).filter(Boolean);
  const [program = ''] = words;
  if (BUILTINS.has(program) || program.includes('=') || words.some((word) => word.startsWith('~'))) return undefined;
  return replaceRange(file, range, `[${words.map((word) => JSON.stringify(word)).join(', ')}]`);
}

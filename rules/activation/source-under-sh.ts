import { defineRule, fixOf, weighed } from '../../src/engine/rule.ts';
import type { PythonStage } from '../../src/python/model.ts';
import type { ShellCommand } from '../../src/shell/script.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      if (
        pythonStage.base?.distribution?.sh !== 'dash' ||
        (pythonStage.parent !== undefined && relinksSh(pythonStage.parent))
      )
        continue;
      for (const { script } of pythonStage.scripts) {
        for (const command of script.commands) {
          if (isRelink(command)) break;
          const [word, operand] = command.words;
          if (word?.value !== 'source' || operand === undefined || (command.shell !== 'sh' && command.shell !== 'dash'))
            continue;
          // dash looks a name without a slash up in PATH, and nobody knows here whether the file stands in the directory.
          const isPath = /\/|^[~$]/.test(operand.value);
          const fix =
            isPath && word.isWhole ? fixOf('safe', 'Write `.`', [{ range: word.range, text: '.' }]) : undefined;
          yield { at: word.range, severity: weighed('error', pythonStage.stage, command), fix };
        }
        if (script.commands.some(isRelink)) break;
      }
    }
  },
});

function relinksSh({ scripts, parent }: PythonStage): boolean {
  return scripts.some(({ script }) => script.commands.some(isRelink)) || (parent !== undefined && relinksSh(parent));
}

/** `ln -sf bash /bin/sh`, `dpkg-reconfigure dash`: sh is another shell from here on. */
function isRelink({ program, words }: ShellCommand): boolean {
  const last = words.at(-1)?.value ?? '';
  return (
    (/^(?:ln|mv|cp)$/.test(program) && /^(?:\/usr)?\/bin\/sh$/.test(last)) ||
    (program === 'dpkg-reconfigure' && last === 'dash')
  );
}
